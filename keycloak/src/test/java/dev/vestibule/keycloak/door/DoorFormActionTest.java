package dev.vestibule.keycloak.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import dev.vestibule.keycloak.gate.Sessions;
import dev.vestibule.keycloak.gate.Stub;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.keycloak.authentication.ValidationContext;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.sessions.AuthenticationSessionModel;

@DisplayName("The registration form's step vestibule-door-form")
class DoorFormActionTest {

    private final Place place = new Place();
    private final RealmModel realm = Stub.of(RealmModel.class)
            .answer("getId", () -> "acme-id")
            .answer("getName", () -> "acme")
            .answer("isEventsEnabled", () -> false)
            .answer("getEventsListenersStream", Stream::of)
            .answer("isInternationalizationEnabled", () -> false)
            .get();

    @Test
    @DisplayName("tells the event what the request's headers are, before Keycloak sends it and its event store keeps it")
    void headers() {
        DoorPolicies policies = new DoorPolicies(Door.GATE, new RequestHeaders(List.of("x-partner-id")));
        KeycloakSession session =
                Sessions.of(realm, place.client, policies, Map.of("x-partner-id", List.of("P-7")));
        AuthenticationSessionModel login =
                Stub.of(AuthenticationSessionModel.class).answer("getClient", () -> place.client).get();
        EventBuilder event = new EventBuilder(realm, session);
        List<String> outcome = new ArrayList<>();

        new DoorFormAction(form -> Applicant.ofForm("ann", "ann@example.test")).validate(Stub.of(ValidationContext.class)
                .answer("getSession", () -> session)
                .answer("getAuthenticationSession", () -> login)
                .answer("getEvent", () -> event)
                .on("success", arguments -> outcome.add("success"))
                .get());

        assertEquals(List.of("success"), outcome);
        assertEquals(
                Map.of("header.x-partner-id", "P-7", "vestibule_headers", "x-partner-id"), event.getEvent().getDetails());
    }
}
