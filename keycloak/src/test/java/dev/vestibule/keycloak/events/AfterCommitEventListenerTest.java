package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.KeycloakTransaction;
import org.keycloak.models.KeycloakTransactionManager;

@DisplayName("The event listener")
class AfterCommitEventListenerTest {

    private final RecordingPublisher publisher = new RecordingPublisher();
    private final List<AdminEvent> changed = new ArrayList<>();
    private KeycloakTransaction afterCompletion;
    private Map<String, String> request = Map.of();
    private final AfterCommitEventListener listener =
            new AfterCommitEventListener(transactions(), Set.of(EventType.REGISTER), () -> request, publisher, changed::add);

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
    @DisplayName("tells of an account that an administrator changed, after the change has committed, and publishes nothing")
    void changedAccount() {
        AdminEvent event = new AdminEvent();
        event.setResourceType(ResourceType.USER);
        event.setOperationType(OperationType.UPDATE);
        event.setResourcePath("users/u-1");
        listener.onEvent(event, true);
        assertEquals(List.of(), changed);

        afterCompletion.commit();

        assertEquals(List.of(event), changed);
        assertEquals(List.of(), publisher.published);
    }

    @Test
    @DisplayName("passes over types that are not configured, and admin events")
    void otherTypes() {
        listener.onEvent(Events.of(EventType.LOGIN));
        listener.onEvent(new AdminEvent(), true);

        afterCompletion.commit();

        assertEquals(List.of(), changed);
        assertEquals(List.of(), publisher.published);
    }

    @Test
    @DisplayName("publishes what the door refused, and no other form that was refused")
    void refusals() {
        for (String error : List.of("registration_closed", "registration_refused", "invalid_registration")) {
            Event event = Events.of(EventType.REGISTER_ERROR);
            event.setId(error);
            event.setError(error);
            listener.onEvent(event);
        }

        afterCompletion.commit();

        assertEquals(List.of("registration_closed", "registration_refused"), publisher.published);
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
    @DisplayName("adds what the request says at that moment, and changes none of Keycloak's own details")
    void requestDetails() {
        listener.onEvent(Events.register("u-1"));
        request = RequestDetails.of(
                "de", "Partner Portal", Map.of("header.x-partner-id", "P-7"), Map.of("vestibule_policy_sequence", "7"));
        listener.onEvent(Events.register("u-2"));
        request = Map.of("email", "mallory@example.test");
        listener.onEvent(Events.register("u-3"));
        request = Map.of("locale", "fr"); // what the request says later does not matter

        afterCompletion.commit();

        Map<String, String> own = Map.of("register_method", "form", "email", "ann@example.test");
        assertEquals(
                List.of(
                        own,
                        Map.of(
                                "register_method", "form",
                                "email", "ann@example.test",
                                "locale", "de",
                                "vestibule_client_name", "Partner Portal",
                                "header.x-partner-id", "P-7",
                                "vestibule_policy_sequence", "7"),
                        own),
                publisher.details);
    }

    @Test
    @DisplayName("adds nothing to events of other types")
    void otherTypesStayAsTheyAre() {
        request = Map.of("locale", "de");
        AfterCommitEventListener all =
                new AfterCommitEventListener(
                        transactions(), Set.of(EventType.DELETE_ACCOUNT), () -> request, publisher, changed::add);
        all.onEvent(Events.of(EventType.DELETE_ACCOUNT));

        afterCompletion.commit();

        assertEquals(Set.of("register_method", "email"), publisher.details.get(0).keySet());
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
        final List<Map<String, String>> details = new ArrayList<>();

        @Override
        public void publish(Event event) {
            published.add(event.getId());
            details.add(event.getDetails());
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
