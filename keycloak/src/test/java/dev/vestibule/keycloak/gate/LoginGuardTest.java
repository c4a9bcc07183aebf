package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakTransactionManager;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RequiredActionProviderModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;

@DisplayName("The guard of logins")
class LoginGuardTest {

    private final List<String> happened = new ArrayList<>();
    private RealmModel left;

    @Test
    @DisplayName("makes the login of a held person fail, and ends the request before an answer is made")
    void stops() {
        guard("vestibule-pending", true, true).onEvent(login("mia", null));

        assertEquals(List.of("rolled back", "counted"), happened);
        RealmModel given = left;
        assertThrows(IllegalStateException.class, given::isInternationalizationEnabled);
        assertEquals("acme", left.getName(), "the error page has the realm again");
    }

    @Test
    @DisplayName("leaves the login of anybody else alone")
    void others() {
        guard("VERIFY_EMAIL", true, true).onEvent(login("mia", null));
        guard("vestibule-waiting", true, true).onEvent(login("mia", null));

        assertEquals(List.of(), happened);
    }

    @ParameterizedTest(name = "registered {0}, enabled {1}")
    @CsvSource({"false, false", "true, false"})
    @DisplayName("heeds no gate that the realm has not enabled")
    void notReady(boolean registered, boolean enabled) {
        guard("vestibule-pending", registered, enabled).onEvent(login("mia", null));

        assertEquals(List.of(), happened);
    }

    @Test
    @DisplayName("leaves a login alone that failed, one of nobody, and one of an account that is gone")
    void noLogin() {
        LoginGuard guard = guard("vestibule-pending", true, true);
        guard.onEvent(login("mia", "invalid_user_credentials"));
        guard.onEvent(login(null, null));
        guard.onEvent(login("gone", null));

        assertEquals(List.of(), happened);
    }

    @ParameterizedTest
    @EnumSource(value = EventType.class, names = "LOGIN", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("looks at no other event")
    void otherEvents(EventType type) {
        Event event = login("mia", null);
        event.setType(type);
        guard("vestibule-pending", true, true).onEvent(event);

        assertEquals(List.of(), happened);
    }

    @Test
    @DisplayName("is at work in every realm, and shows how often it stopped somebody")
    void factory() {
        LoginGuardFactory factory = new LoginGuardFactory();

        assertEquals(true, factory.isGlobal());
        assertEquals(Map.of("logins stopped that went round the gate", "0"), factory.getOperationalInfo());
    }

    private static Event login(String userId, String error) {
        Event event = new Event();
        event.setType(EventType.LOGIN);
        event.setUserId(userId);
        event.setError(error);
        return event;
    }

    private LoginGuard guard(String action, boolean registered, boolean enabled) {
        RequiredActionProviderModel pending = new RequiredActionProviderModel();
        pending.setEnabled(enabled);
        RealmModel realm = Stub.of(RealmModel.class)
                .answer("getName", () -> "acme")
                .answer("getRequiredActionProviderByAlias", () -> registered ? pending : null)
                .get();
        UserModel mia = Stub.of(UserModel.class)
                .answer("getRequiredActionsStream", () -> Stream.of(action))
                .answer("isEnabled", () -> true)
                .answer("isEmailVerified", () -> true)
                .get();
        UserProvider users = Stub.of(UserProvider.class)
                .with("getUserById", arguments -> "mia".equals(arguments[1]) ? mia : null)
                .get();
        KeycloakTransactionManager transaction = Stub.of(KeycloakTransactionManager.class)
                .on("setRollbackOnly", arguments -> happened.add("rolled back"))
                .get();
        KeycloakContext context = Stub.of(KeycloakContext.class)
                .answer("getRealm", () -> realm)
                .on("setRealm", arguments -> {
                    left = (RealmModel) arguments[0];
                    left.getName(); // as Keycloak does for its traces
                })
                .get();
        KeycloakSession session = Stub.of(KeycloakSession.class)
                .answer("getContext", () -> context)
                .answer("getTransactionManager", () -> transaction)
                .answer("users", () -> users)
                .get();
        return new LoginGuard(session, () -> happened.add("counted"), IllegalStateException::new);
    }
}
