package dev.vestibule.keycloak.door;

import java.util.Set;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;

/** The error of an event by which the door says that it refused somebody. */
public final class RefusalError {

    /** The person was not shown the form. */
    static final String CLOSED = "registration_closed";

    /** The person has sent the form, or comes by an identity provider. */
    static final String REFUSED = "registration_refused";

    private static final Set<String> ALL = Set.of(CLOSED, REFUSED);

    private RefusalError() {}

    /** Whether the door refused, and not Keycloak, which has errors of its own for a form. */
    public static boolean isIn(Event event) {
        return event.getType() == EventType.REGISTER_ERROR && event.getError() != null && ALL.contains(event.getError());
    }
}
