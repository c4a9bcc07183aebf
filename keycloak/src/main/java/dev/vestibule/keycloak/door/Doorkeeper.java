package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.Message;
import dev.vestibule.keycloak.door.policy.PageLocale;
import dev.vestibule.keycloak.door.policy.Visitor;
import java.time.Instant;
import org.keycloak.common.util.Time;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;

/** What the door does with somebody who registers through a client: what the policy says, or the client, if that is stricter. */
public final class Doorkeeper {

    /** Attribute of a client, and its value. */
    static final String ATTRIBUTE = "vestibule.registration";
    static final String CLOSED = "closed";

    private Doorkeeper() {}

    public static Answer answer(KeycloakSession session, ClientModel client, Applicant applicant) {
        DoorPolicies policies = DoorPolicies.of(session);
        Answer answer = policies.answer(new Visitor(
                client.getRealm().getName(),
                client.getClientId(),
                applicant.source(),
                session.getContext().getConnection().getRemoteHost(), // the address that Keycloak's events have
                PageLocale.of(session),
                Instant.ofEpochMilli(Time.currentTimeMillis()),
                policies.requestHeaders().of(session),
                applicant.sent(),
                applicant.username(),
                applicant.email()));
        return CLOSED.equals(client.getAttribute(ATTRIBUTE)) && answer.door() != Door.REFUSE
                ? new Answer(Door.REFUSE, null, null, 0, answer.version(), Message.CLOSED, null)
                : answer;
    }

    /**
     * Writes the request's headers and the policy in force into the event of a registration that is about to be, so that
     * Keycloak's event store has them too: the listener only adds them to what it publishes. A step does that when it looks at
     * the form, and after it has asked for an answer: Keycloak sends the event as soon as it has created the user, and steps
     * below come too late.
     */
    public static void note(KeycloakSession session, EventBuilder event) {
        DoorPolicies policies = DoorPolicies.of(session);
        policies.requestHeaders().details(session).forEach(event::detail);
        policies.details().forEach(event::detail);
    }
}
