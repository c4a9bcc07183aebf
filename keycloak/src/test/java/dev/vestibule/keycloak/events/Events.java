package dev.vestibule.keycloak.events;

import java.util.Map;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;

/** Events as Keycloak 26.7 raises them. */
final class Events {

    private Events() {}

    static Event register(String userId) {
        Event event = new Event();
        event.setId("event-of-" + userId);
        event.setTime(1_795_479_557_788L);
        event.setType(EventType.REGISTER);
        event.setRealmId("790fc89a");
        event.setRealmName("acme");
        event.setClientId("partner-portal");
        event.setUserId(userId);
        event.setIpAddress("127.0.0.1");
        event.setDetails(Map.of("register_method", "form", "email", "ann@example.test"));
        return event;
    }

    static Event of(EventType type) {
        Event event = register("u-1");
        event.setType(type);
        return event;
    }

    /** Somebody whom the door did not show the form. */
    static Event refusal(String id) {
        Event event = register(null);
        event.setId(id);
        event.setType(EventType.REGISTER_ERROR);
        event.setError("registration_closed");
        return event;
    }
}
