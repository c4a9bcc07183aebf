package dev.vestibule.keycloak.door.policy;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Visitors of the partner portal, who have sent the form. */
final class Visitors {

    static final Visitor ANN = new Visitor(
            "acme", "partner-portal", "form", "203.0.113.7", "de", Instant.parse("2026-11-25T09:30:00Z"),
            Map.of("x-partner-id", List.of("P-7"), "x-twice", List.of("a", "b")), true, "ann", "Ann@Acme.com");

    private Visitors() {}

    /** The same person before the form is sent. */
    static Visitor arriving() {
        return new Visitor(
                ANN.realm(), ANN.client(), ANN.source(), ANN.ip(), ANN.locale(), ANN.time(), ANN.headers(), false, null, null);
    }

    static Visitor at(String realm, String client) {
        return new Visitor(
                realm, client, ANN.source(), ANN.ip(), ANN.locale(), ANN.time(), ANN.headers(), true, ANN.username(), ANN.email());
    }

    static Visitor from(String source, String ip, String locale) {
        return new Visitor(
                ANN.realm(), ANN.client(), source, ip, locale, ANN.time(), ANN.headers(), true, ANN.username(), ANN.email());
    }

    static Visitor at(Instant time) {
        return new Visitor(
                ANN.realm(), ANN.client(), ANN.source(), ANN.ip(), ANN.locale(), time, ANN.headers(), true, ANN.username(),
                ANN.email());
    }

    static Visitor typing(String username, String email) {
        return new Visitor(
                ANN.realm(), ANN.client(), ANN.source(), ANN.ip(), ANN.locale(), ANN.time(), ANN.headers(), true, username, email);
    }
}
