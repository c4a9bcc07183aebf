package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.door.Applicant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakTransactionManager;

@DisplayName("The first broker login's step vestibule-gate-broker")
class GateBrokerAuthenticatorTest {

    private final Authenticator gate =
            new GateBrokerAuthenticator(context -> Applicant.ofBroker("office", "ann", "ann@example.test"));
    private final Door door = new Door();
    private final List<String> outcome = new ArrayList<>();

    @Test
    @DisplayName("holds a new user of a client that holds")
    void held() {
        door.newUserOfBroker();

        gate.authenticate(context());

        assertEquals(Set.of("vestibule-pending"), door.actionsOfUser);
        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("leaves a new user of any other client alone")
    void notHeld() {
        door.newUserOfBroker().clientHoldsNobody();

        gate.authenticate(context());

        assertEquals(Set.of(), door.actionsOfUser);
        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("leaves somebody alone who links an account of long ago")
    void linked() {
        gate.authenticate(context());

        assertEquals(Set.of(), door.actionsOfUser);
        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("refuses, and leaves no user behind, where the hold would not be heeded")
    void notReady() {
        door.newUserOfBroker().actionDisabled();

        gate.authenticate(context());

        assertEquals(Set.of(), door.actionsOfUser);
        assertEquals(List.of("rollback", "vestibuleGateNotReady", "failure INTERNAL_ERROR"), outcome);
    }

    private AuthenticationFlowContext context() {
        LoginFormsProvider form = Stub.of(LoginFormsProvider.class)
                .with("setError", arguments -> {
                    outcome.add((String) arguments[0]);
                    return Stub.SELF;
                })
                .answer("createErrorPage", () -> null)
                .get();
        KeycloakTransactionManager transaction = Stub.of(KeycloakTransactionManager.class)
                .on("setRollbackOnly", arguments -> outcome.add("rollback"))
                .get();
        KeycloakSession session = Stub.of(KeycloakSession.class)
                .answer("getTransactionManager", () -> transaction)
                .answer("getContext", door.session::getContext)
                .answer("getKeycloakSessionFactory", door.session::getKeycloakSessionFactory)
                .get();
        return Stub.of(AuthenticationFlowContext.class)
                .answer("getUser", () -> door.user)
                .answer("getRealm", () -> door.realm)
                .answer("getSession", () -> session)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("getAuthenticatorConfig", () -> door.settings)
                .answer("form", () -> form)
                .on("success", arguments -> outcome.add("success"))
                .on("failure", arguments -> outcome.add("failure " + arguments[0]))
                .get();
    }
}
