package dev.vestibule.keycloak.door.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.models.KeycloakSession;

/** The door policy in force on this server, or what holds without one. */
public final class DoorPolicies {

    /** Id of the event listener, whose options say where the policy comes from. */
    private static final String LISTENER = "vestibule";

    /** A server without the listener gets no policy: the attributes of clients decide alone. */
    private static final DoorPolicies NO_LISTENER = new DoorPolicies(Door.OPEN, new RequestHeaders(List.of()));

    private final Door withoutPolicy;
    private final RequestHeaders requestHeaders;
    private volatile Published inForce;

    private record Published(DoorPolicy policy, Instant at) {}

    /** Keeps the policies of a server. */
    public interface Keeper {
        DoorPolicies doorPolicies();
    }

    public DoorPolicies(Door withoutPolicy, RequestHeaders requestHeaders) {
        this.withoutPolicy = withoutPolicy;
        this.requestHeaders = requestHeaders;
    }

    public static DoorPolicies of(KeycloakSession session) {
        return session.getKeycloakSessionFactory().getProviderFactory(EventListenerProvider.class, LISTENER)
                        instanceof Keeper keeper
                ? keeper.doorPolicies()
                : NO_LISTENER;
    }

    public Answer answer(Visitor visitor) {
        Published published = inForce;
        return published != null
                ? published.policy.answer(visitor)
                : Answer.of(withoutPolicy, null, withoutPolicy == Door.REFUSE ? Message.TRY_LATER : null);
    }

    /** The headers that a visitor's facts are to hold. */
    public RequestHeaders requestHeaders() {
        return requestHeaders;
    }

    /**
     * What the event of a registration is to say of the policy in force, so that the service opens no gate before it has read
     * that one. Nothing without a policy.
     */
    public Map<String, String> details() {
        Published published = inForce;
        return published == null
                ? Map.of()
                : Map.of(
                        "vestibule_policy", published.policy.version(),
                        "vestibule_policy_sequence", String.valueOf(published.at.toEpochMilli()));
    }

    /** Puts a policy in force. @param published the time that its sequence is */
    public void take(DoorPolicy policy, Instant published) {
        inForce = new Published(policy, published);
    }

    /** From now on holds what holds without a policy. */
    public void drop() {
        inForce = null;
    }

    /** Figures for the admin console. */
    public Map<String, String> state() {
        Published published = inForce;
        if (published == null) {
            return Map.of("door policy version", "none");
        }
        Map<String, String> state = new LinkedHashMap<>();
        state.put("door policy version", published.policy.version());
        state.put("door policy age", Math.max(0, Duration.between(published.at, Instant.now()).toSeconds()) + " s");
        state.put("door policy clients", String.valueOf(published.policy.clients()));
        return state;
    }
}
