package dev.vestibule.keycloak.gate;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RequiredActionProviderModel;
import org.keycloak.models.UserModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** What the tests of the gate share: a person who registers for partner-portal in a realm that is set up or not. */
final class Door {

    /** When the account was made. */
    static final Instant CREATED = Instant.parse("2026-11-24T10:00:00Z");

    private boolean enabled = true;
    private Long created = CREATED.toEpochMilli();

    final Set<String> actionsOfUser = new LinkedHashSet<>();

    final UserModel user = Stub.of(UserModel.class)
            .answer("getRequiredActionsStream", actionsOfUser::stream)
            .answer("getEmail", () -> "ann@example.test")
            .answer("getId", () -> "ann-id")
            .answer("getCreatedTimestamp", () -> created)
            .answer("isEmailVerified", () -> false)
            .answer("isEnabled", () -> enabled)
            .on("addRequiredAction", arguments -> actionsOfUser.add((String) arguments[0]))
            .get();

    private String holdAttribute = "gate";
    private String clientName = "Partner Portal";
    private RequiredActionProviderModel action = action(true);
    private final Map<String, String> notes = new HashMap<>();

    final ClientModel client = Stub.of(ClientModel.class)
            .answer("getClientId", () -> "partner-portal")
            .answer("getRealm", this::realm)
            .answer("getName", () -> clientName)
            .with("getAttribute", arguments -> arguments[0].equals("vestibule.hold") ? holdAttribute : null)
            .get();

    final RealmModel realm = Stub.of(RealmModel.class)
            .answer("getName", () -> "acme")
            .answer("getId", () -> "acme-id")
            .answer("getAccessCodeLifespanUserAction", () -> 300)
            .answer("isEventsEnabled", () -> false)
            .answer("getEventsListenersStream", Stream::of)
            .with("getRequiredActionProviderByAlias", arguments -> arguments[0].equals("vestibule-pending") ? action : null)
            .get();

    final AuthenticationSessionModel login = Stub.of(AuthenticationSessionModel.class)
            .answer("getClient", () -> client)
            .with("getAuthNote", arguments -> notes.get(arguments[0]))
            .on("setAuthNote", arguments -> notes.put((String) arguments[0], (String) arguments[1]))
            .get();

    /** Of a server that has no listener: the client decides alone. */
    final KeycloakSession session = Sessions.of(realm, null);

    /** The flow's execution has no settings of its own: the client's attribute decides. */
    final AuthenticatorConfigModel settings = null;

    private RealmModel realm() {
        return realm;
    }

    Door clientHoldsNobody() {
        holdAttribute = null;
        return this;
    }

    Door clientName(String name) {
        clientName = name;
        return this;
    }

    Door accountDisabled() {
        enabled = false;
        return this;
    }

    Door createdNobodyKnowsWhen() {
        created = null;
        return this;
    }

    Door actionNotRegistered() {
        action = null;
        return this;
    }

    Door actionDisabled() {
        action = action(false);
        return this;
    }

    Door newUserOfBroker() {
        notes.put("BROKER_REGISTERED_NEW_USER", "true");
        return this;
    }

    private static RequiredActionProviderModel action(boolean enabled) {
        RequiredActionProviderModel action = new RequiredActionProviderModel();
        action.setEnabled(enabled);
        return action;
    }
}
