package dev.vestibule.keycloak.events;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerTransaction;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakTransactionManager;

/**
 * Publishes a user event once, and only if, the transaction that it belongs to commits.
 *
 * <p>Keycloak raises REGISTER while the user is still being written: what is sent from there announces people that a
 * failing commit never lets come into being, and people that nobody can look up yet.
 */
final class AfterCommitEventListener implements EventListenerProvider {

    /** A detail that Keycloak does not have: without it nobody knows in which language to write to a new user. */
    static final String LOCALE = "locale";

    private final Set<EventType> types;
    private final Supplier<String> locale;
    private final EventListenerTransaction afterCommit;

    /** @param locale language tag of the page that the person sees, or null where the realm has but one language. */
    AfterCommitEventListener(
            KeycloakTransactionManager transactions, Set<EventType> types, Supplier<String> locale, EventPublisher publisher) {
        this.types = types;
        this.locale = locale;
        this.afterCommit = new EventListenerTransaction(null, publisher::publish);
        transactions.enlistAfterCompletion(afterCommit);
    }

    @Override
    public void onEvent(Event event) {
        if (types.contains(event.getType())) {
            afterCommit.addEvent(event.getType() == EventType.REGISTER ? withLocale(event) : event.clone());
        }
    }

    /** Asked now: after the commit the request, and with it the language, may be gone. */
    private Event withLocale(Event event) {
        Event copy = event.clone();
        String tag = locale.get();
        if (tag != null) {
            Map<String, String> details = copy.getDetails() == null ? new HashMap<>() : new HashMap<>(copy.getDetails());
            details.putIfAbsent(LOCALE, tag);
            copy.setDetails(details);
        }
        return copy;
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        // Left out on purpose: Vestibule decides about people who registered themselves. Whom an administrator creates is
        // the administrator's decision, and an admin event's representation holds whatever the administrator sent.
    }

    @Override
    public void close() {
        // One per Keycloak session; the publisher belongs to the factory.
    }
}
