package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import dev.vestibule.keycloak.gate.Sessions;
import dev.vestibule.keycloak.gate.Stub;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.models.AuthenticationExecutionModel;
import org.keycloak.models.AuthenticationFlowModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/** What the tests of the door share: the client partner-portal of the realm acme, and the policy of the server. */
final class Place {

    private final Map<String, List<AuthenticationExecutionModel>> steps = new HashMap<>();

    final RealmModel realm = Stub.of(RealmModel.class)
            .answer("getName", () -> "acme")
            .answer("getId", () -> "acme-id")
            .answer("isInternationalizationEnabled", () -> true)
            .answer("isRegistrationAllowed", () -> true)
            .answer("getRegistrationFlow", () -> flow("registration"))
            .with("getAuthenticationExecutionsStream", arguments -> steps.getOrDefault(arguments[0], List.of()).stream())
            .get();

    private String registration;
    private DoorPolicies policies;

    final ClientModel client = Stub.of(ClientModel.class)
            .answer("getClientId", () -> "partner-portal")
            .answer("getName", () -> "Partner Portal")
            .answer("getRealm", () -> realm)
            .with("getAttribute", arguments -> arguments[0].equals("vestibule.registration") ? registration : null)
            .get();

    Place clientIsClosed() {
        registration = "closed";
        return this;
    }

    /** No policy is there, but this holds without one. */
    Place without(Door door) {
        policies = new DoorPolicies(door, new RequestHeaders(List.of()));
        return this;
    }

    /** One rule that refuses. */
    Place rule(String conditionAndMessage) {
        policies = new DoorPolicies(Door.OPEN, new RequestHeaders(List.of()));
        policies.take(DoorPolicy.parse(("""
                {'format':1,'version':'v1','entries':[{'realm':'acme','client':'partner-portal','list':0}],
                 'lists':[{'file':'partner.yaml','hold':false,'rules':[
                   {'rule':'no','line':7,'door':'refuse',%s}]}]}""")
                .formatted(conditionAndMessage.contains("'field'") ? conditionAndMessage : conditionAndMessage + ",'field':null")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8)), Instant.EPOCH);
        return this;
    }

    /** Puts a step into a flow, at its end. */
    Place step(String flow, AuthenticationExecutionModel step) {
        steps.computeIfAbsent(flow, name -> new ArrayList<>()).add(step);
        return this;
    }

    private static AuthenticationFlowModel flow(String id) {
        AuthenticationFlowModel flow = new AuthenticationFlowModel();
        flow.setId(id);
        return flow;
    }

    KeycloakSession session() {
        return Sessions.of(realm, client, policies);
    }

    Answer answer(Applicant applicant) {
        return Doorkeeper.answer(session(), client, applicant);
    }
}
