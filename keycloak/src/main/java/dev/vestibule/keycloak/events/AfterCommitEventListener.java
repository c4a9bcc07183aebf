package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.RefusalError;
import dev.vestibule.keycloak.gate.UserChanges;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerTransaction;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakTransactionManager;

/**
 * Publishes a user event once, and only if, the transaction that it belongs to commits. Of an admin event, in the same way,
 * it tells the requests that wait at the gate.
 *
 * <p>Keycloak raises REGISTER while the user is still being written: what is sent from there announces people that a
 * failing commit never lets come into being, and people that nobody can look up yet.
 */
final class AfterCommitEventListener implements EventListenerProvider {

    private final Set<EventType> types;
    private final Supplier<Map<String, String>> requestDetails;
    private final EventListenerTransaction afterCommit;

    /**
     * @param requestDetails what the request of a registration says, and Keycloak's event does not.
     * @param userChanged told of each change of an account by an administrator
     */
    AfterCommitEventListener(
            KeycloakTransactionManager transactions,
            Set<EventType> types,
            Supplier<Map<String, String>> requestDetails,
            EventPublisher publisher,
            Consumer<AdminEvent> userChanged) {
        this.types = types;
        this.requestDetails = requestDetails;
        this.afterCommit = new EventListenerTransaction((event, withRepresentation) -> userChanged.accept(event), publisher::publish);
        transactions.enlistAfterCompletion(afterCommit);
    }

    @Override
    public void onEvent(Event event) {
        if (types.contains(event.getType()) || RefusalError.isIn(event)) {
            afterCommit.addEvent(event.getType() == EventType.REGISTER ? withRequestDetails(event) : event.clone());
        }
    }

    /** Asked now: after the commit the request may be gone. */
    private Event withRequestDetails(Event event) {
        Event copy = event.clone();
        Map<String, String> details = new HashMap<>(requestDetails.get());
        if (copy.getDetails() != null) {
            details.putAll(copy.getDetails());
        }
        copy.setDetails(details);
        return copy;
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        // Never published: Vestibule decides about people who registered themselves. Whom an administrator creates is the
        // administrator's decision, and an admin event's representation holds whatever the administrator sent.
        if (UserChanges.isIn(event)) {
            afterCommit.addAdminEvent(event, false);
        }
    }

    @Override
    public void close() {
        // One per Keycloak session; the publisher belongs to the factory.
    }
}
