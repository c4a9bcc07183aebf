package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakTransaction;
import org.keycloak.models.KeycloakTransactionManager;

@DisplayName("The event listener")
class AfterCommitEventListenerTest {

    private final RecordingPublisher publisher = new RecordingPublisher();
    private KeycloakTransaction afterCompletion;
    private String locale;
    private final AfterCommitEventListener listener =
            new AfterCommitEventListener(transactions(), Set.of(EventType.REGISTER), () -> locale, publisher);

    @Test
    @DisplayName("publishes an event once, after its transaction has committed")
    void afterCommit() {
        listener.onEvent(Events.register("u-1"));
        assertEquals(List.of(), publisher.published);

        afterCompletion.commit();

        assertEquals(List.of("event-of-u-1"), publisher.published);
    }

    @Test
    @DisplayName("publishes nothing of a transaction that is rolled back")
    void rollback() {
        listener.onEvent(Events.register("u-1"));

        afterCompletion.rollback();

        assertEquals(List.of(), publisher.published);
    }

    @Test
    @DisplayName("passes over types that are not configured, and admin events")
    void otherTypes() {
        listener.onEvent(Events.of(EventType.LOGIN));
        listener.onEvent(new AdminEvent(), true);

        afterCompletion.commit();

        assertEquals(List.of(), publisher.published);
    }

    @Test
    @DisplayName("publishes an event as it was when it was raised")
    void copy() {
        Event event = Events.register("u-1");
        listener.onEvent(event);
        event.setId("reused by Keycloak");

        afterCompletion.commit();

        assertEquals(List.of("event-of-u-1"), publisher.published);
    }

    @Test
    @DisplayName("says in which language the person registered, where the realm has several")
    void language() {
        listener.onEvent(Events.register("u-1"));
        locale = "de";
        listener.onEvent(Events.register("u-2"));
        locale = "fr"; // what the request says later does not matter

        afterCompletion.commit();

        assertEquals(Arrays.asList(null, "de"), publisher.locales);
    }

    private KeycloakTransactionManager transactions() {
        return (KeycloakTransactionManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {KeycloakTransactionManager.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("enlistAfterCompletion")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    afterCompletion = (KeycloakTransaction) arguments[0];
                    afterCompletion.begin();
                    return null;
                });
    }

    private static final class RecordingPublisher implements EventPublisher {

        final List<String> published = new ArrayList<>();
        final List<String> locales = new ArrayList<>();

        @Override
        public void publish(Event event) {
            published.add(event.getId());
            locales.add(event.getDetails().get("locale"));
        }

        @Override
        public Map<String, String> state() {
            return Map.of();
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
