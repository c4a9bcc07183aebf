package dev.vestibule.keycloak.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.gate.Stub;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.broker.util.SerializedBrokeredIdentityContext;
import org.keycloak.broker.provider.BrokeredIdentityContext;
import org.keycloak.models.IdentityProviderModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;
import org.keycloak.sessions.AuthenticationSessionModel;

@DisplayName("The first broker login's step vestibule-door-broker")
class DoorBrokerAuthenticatorTest {

    @ParameterizedTest(name = "name taken: {0}, noted before: {1}, transient users: {2}")
    @CsvSource({
        "false, false, false, true",
        "true,  false, false, false",
        "false, true,  false, false",
        "false, false, true,  true",
        "true,  false, true,  true",
        "false, true,  true,  false",
    })
    @DisplayName("takes for new whom Keycloak would make a user of, also one that is not kept and shares a name")
    void isNew(boolean taken, boolean noted, boolean transientUsers, boolean isNew) {
        IdentityProviderModel office = new IdentityProviderModel() {
            @Override
            public boolean isTransientUsers() {
                return transientUsers;
            }
        };
        office.setEnabled(true);
        BrokeredIdentityContext identity = new BrokeredIdentityContext("ann-at-office", office);

        assertEquals(
                isNew,
                new DoorBrokerAuthenticator()
                        .isNew(context(taken, noted), "ann", new SerializedBrokeredIdentityContext(), identity));
    }

    private static AuthenticationFlowContext context(boolean taken, boolean noted) {
        UserModel other = Stub.of(UserModel.class)
                .answer("getId", () -> "other-id")
                .answer("getUsername", () -> "ann")
                .get();
        UserProvider users = Stub.of(UserProvider.class)
                .answer("getUserByUsername", () -> taken ? other : null)
                .get();
        KeycloakSession session = Stub.of(KeycloakSession.class).answer("users", () -> users).get();
        RealmModel realm = Stub.of(RealmModel.class).answer("isLoginWithEmailAllowed", () -> false).get();
        AuthenticationSessionModel login = Stub.of(AuthenticationSessionModel.class)
                .answer("getAuthNote", () -> noted ? "{}" : null)
                .get();
        return Stub.of(AuthenticationFlowContext.class)
                .answer("getAuthenticationSession", () -> login)
                .answer("getSession", () -> session)
                .answer("getRealm", () -> realm)
                .get();
    }
}
