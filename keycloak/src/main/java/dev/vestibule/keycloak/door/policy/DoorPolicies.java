package dev.vestibule.keycloak.door.policy;

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
    private volatile DoorPolicy inForce;

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
        DoorPolicy policy = inForce;
        return policy != null
                ? policy.answer(visitor)
                : Answer.of(withoutPolicy, null, withoutPolicy == Door.REFUSE ? Message.TRY_LATER : null);
    }

    /** The headers that a visitor's facts are to hold. */
    public RequestHeaders requestHeaders() {
        return requestHeaders;
    }

    /** @param policy null: what holds without one. */
    public void take(DoorPolicy policy) {
        inForce = policy;
    }

    /** Figures for the admin console. */
    public Map<String, String> state() {
        DoorPolicy policy = inForce;
        return Map.of("door policy version", policy == null ? "none" : policy.version());
    }
}
