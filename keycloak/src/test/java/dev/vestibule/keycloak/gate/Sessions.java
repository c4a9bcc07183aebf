package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.keycloak.common.ClientConnection;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;

/** Keycloak's session of a request from 203.0.113.7, by somebody who reads German. */
public final class Sessions {

    private Sessions() {}

    /** @param policies of the server; null on one without the listener */
    public static KeycloakSession of(RealmModel realm, DoorPolicies policies) {
        return of(realm, null, policies);
    }

    public static KeycloakSession of(RealmModel realm, ClientModel client, DoorPolicies policies) {
        return of(realm, client, policies, Map.of());
    }

    /** @param headers of the request; without any there is no request */
    public static KeycloakSession of(
            RealmModel realm, ClientModel client, DoorPolicies policies, Map<String, List<String>> headers) {
        HttpHeaders all = Stub.of(HttpHeaders.class)
                .with("getRequestHeader", arguments -> headers.get(arguments[0]))
                .get();
        HttpRequest request = Stub.of(HttpRequest.class).answer("getHttpHeaders", () -> all).get();
        ClientConnection connection =
                Stub.of(ClientConnection.class).answer("getRemoteHost", () -> "203.0.113.7").get();
        KeycloakContext context = Stub.of(KeycloakContext.class)
                .answer("getRealm", () -> realm)
                .answer("getClient", () -> client)
                .answer("getConnection", () -> connection)
                .answer("getHttpRequest", () -> headers.isEmpty() ? null : request)
                .answer("resolveLocale", () -> Locale.GERMAN)
                .get();
        KeycloakSessionFactory server = Stub.of(KeycloakSessionFactory.class)
                .answer("getProviderFactory", () -> policies == null ? null : new Listener(policies))
                .answer("getProviderFactoriesStream", Stream::of)
                .get();
        Map<Object, Object> attributes = new HashMap<>();
        return Stub.of(KeycloakSession.class)
                .on("setAttribute", arguments -> attributes.put(arguments[0], arguments[1]))
                .with("getAttribute", arguments -> attributes.get(arguments[0]))
                .answer("getContext", () -> context)
                .answer("getKeycloakSessionFactory", () -> server)
                .get();
    }
}
