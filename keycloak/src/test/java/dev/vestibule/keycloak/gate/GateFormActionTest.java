package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.vestibule.keycloak.door.Applicant;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.authentication.FormAction;
import org.keycloak.authentication.FormContext;
import org.keycloak.authentication.ValidationContext;
import org.keycloak.events.EventBuilder;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

@DisplayName("The registration form's step vestibule-gate")
class GateFormActionTest {

    private final FormAction gate = new GateFormAction(form -> Applicant.ofForm("ann", "ann@example.test"));
    private final Door door = new Door();
    private KeycloakSession session = door.session;
    private EventBuilder event = new EventBuilder(door.realm, session);
    private final List<String> outcome = new ArrayList<>();

    @Test
    @DisplayName("holds a new user of a client that holds")
    void held() {
        gate.success(form());

        assertEquals(Set.of("vestibule-pending"), door.actionsOfUser);
    }

    @Test
    @DisplayName("leaves a new user of any other client alone")
    void notHeld() {
        door.clientHoldsNobody();

        gate.success(form());

        assertEquals(Set.of(), door.actionsOfUser);
    }

    @ParameterizedTest
    @CsvSource({"OPEN, false", "GATE, true", "REFUSE, true"})
    @DisplayName("holds as the policy says, and also where no door keeps out whom it refuses")
    void policy(dev.vestibule.keycloak.door.policy.Door answer, boolean held) {
        door.clientHoldsNobody();
        session = Sessions.of(door.realm, new DoorPolicies(answer, new RequestHeaders(List.of())));

        gate.success(form());

        assertEquals(held, door.actionsOfUser.contains("vestibule-pending"));
    }

    @Test
    @DisplayName("takes a registration where the hold will be heeded")
    void ready() {
        gate.validate(validation());

        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("refuses a registration where the required action is not registered in the realm")
    void notRegistered() {
        door.actionNotRegistered();

        gate.validate(validation());

        assertEquals(List.of("error vestibule_gate_not_ready", "validationError"), outcome);
    }

    @Test
    @DisplayName("refuses a registration where the required action is disabled in the realm")
    void disabled() {
        door.actionDisabled();

        gate.validate(validation());

        assertEquals(List.of("error vestibule_gate_not_ready", "validationError"), outcome);
    }

    @Test
    @DisplayName("asks nothing of a realm whose client holds nobody")
    void notReadyNotHeld() {
        door.actionNotRegistered().clientHoldsNobody();

        gate.validate(validation());

        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("tells the event what the request's headers are, before Keycloak sends it and its event store keeps it")
    void headers() {
        DoorPolicies policies = new DoorPolicies(
                dev.vestibule.keycloak.door.policy.Door.OPEN, new RequestHeaders(List.of("x-partner-id", "x-zone")));
        session = Sessions.of(door.realm, null, policies, Map.of("x-partner-id", List.of("P-7")));
        event = new EventBuilder(door.realm, session);

        gate.validate(validation());

        assertEquals(
                Map.of("header.x-partner-id", "P-7", "vestibule_headers", "x-partner-id,x-zone"),
                event.getEvent().getDetails());
    }

    @Test
    @DisplayName("holds by the policy that the event names, also when another one comes before the user is there")
    void policyOfTheEvent() {
        door.clientHoldsNobody();
        DoorPolicies policies = new DoorPolicies(dev.vestibule.keycloak.door.policy.Door.GATE, new RequestHeaders(List.of()));
        session = Sessions.of(door.realm, policies);
        event = new EventBuilder(door.realm, session);

        gate.validate(validation());
        policies.take(DoorPolicy.parse(
                "{\"format\": 1, \"version\": \"v2\", \"entries\": [], \"lists\": []}".getBytes(StandardCharsets.UTF_8)),
                Instant.ofEpochMilli(7));
        gate.success(form());

        assertEquals(Set.of("vestibule-pending"), door.actionsOfUser);
        assertNull(event.getEvent().getDetails());

        event = new EventBuilder(door.realm, session);
        gate.validate(validation());
        assertEquals(
                Map.of("vestibule_policy", "v2", "vestibule_policy_sequence", "7"), event.getEvent().getDetails());
    }

    @Test
    @DisplayName("fails the registration when it stands above the step that creates the user")
    void wrongPlace() {
        FormContext form = Stub.of(FormContext.class)
                .answer("getUser", () -> null)
                .answer("getSession", () -> session)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("getAuthenticatorConfig", () -> door.settings)
                .get();

        assertThrows(IllegalStateException.class, () -> gate.success(form));
    }

    private FormContext form() {
        return Stub.of(FormContext.class)
                .answer("getUser", () -> door.user)
                .answer("getSession", () -> session)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("getAuthenticatorConfig", () -> door.settings)
                .get();
    }

    private ValidationContext validation() {
        HttpRequest request = Stub.of(HttpRequest.class).answer("getDecodedFormParameters", () -> null).get();
        return Stub.of(ValidationContext.class)
                .answer("getRealm", () -> door.realm)
                .answer("getSession", () -> session)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("getAuthenticatorConfig", () -> door.settings)
                .answer("getHttpRequest", () -> request)
                .answer("getEvent", () -> event)
                .on("success", arguments -> outcome.add("success"))
                .on("error", arguments -> outcome.add("error " + arguments[0]))
                .on("validationError", arguments -> outcome.add("validationError"))
                .get();
    }
}
