package dev.vestibule.keycloak.events;

import java.util.Map;
import org.keycloak.events.Event;

/** Takes events of committed transactions on to those who wait for them. */
interface EventPublisher extends AutoCloseable {

    /** Returns at once and never throws: the caller is a person waiting for a page. */
    void publish(Event event);

    /** Figures for the admin console. */
    Map<String, String> state();

    /** Sends what is still waiting, within a deadline. */
    @Override
    void close();
}
