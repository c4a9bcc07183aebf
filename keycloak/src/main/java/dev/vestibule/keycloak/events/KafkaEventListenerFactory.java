package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.follow.PolicyFollower;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.gate.UserChanges;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/**
 * Keycloak's event listener {@code vestibule}: one Kafka producer, and one follower of the door policy, for the whole server.
 */
public final class KafkaEventListenerFactory
        implements EventListenerProviderFactory, ServerInfoAwareProviderFactory, DoorPolicies.Keeper, UserChanges.Keeper {

    public static final String ID = "vestibule";

    private static final Logger LOG = Logger.getLogger(KafkaEventListenerFactory.class);

    private final UserChanges userChanges = new UserChanges();
    private ListenerOptions options;
    private EventPublisher publisher;
    private DoorPolicies doorPolicies;
    private PolicyFollower follower;

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public void init(Config.Scope scope) {
        options = ListenerOptions.read(scope);
        doorPolicies = new DoorPolicies(options.withoutPolicy(), options.requestHeaders());
    }

    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        publisher = KafkaEventPublisher.open(options);
        if (options.signingKeys() == null) {
            LOG.warnf("No door policy is followed, and what without-policy says holds: without --%ssigning-key nobody can tell"
                    + " a policy from a forged one", ListenerOptions.PREFIX);
        } else {
            follower = PolicyFollower.start(
                    options.doorTopic(), options.bootstrapServers(), options.kafka(), options.signingKeys(), doorPolicies);
        }
    }

    @Override
    public EventListenerProvider create(KeycloakSession session) {
        return new AfterCommitEventListener(
                session.getTransactionManager(),
                options.eventTypes(),
                () -> RequestDetails.of(session, doorPolicies),
                publisher,
                userChanges::committed);
    }

    @Override
    public DoorPolicies doorPolicies() {
        return doorPolicies;
    }

    @Override
    public UserChanges userChanges() {
        return userChanges;
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        Map<String, String> info = new LinkedHashMap<>();
        info.put("version", Objects.requireNonNullElse(getClass().getPackage().getImplementationVersion(), "unknown"));
        info.putAll(options.shown());
        if (publisher != null) {
            info.putAll(publisher.state());
        }
        info.putAll(doorPolicies.state());
        info.putAll(follower == null ? Map.of("door policy topic", "not followed, for want of a signing-key") : follower.state());
        return info;
    }

    @Override
    public List<ProviderConfigProperty> getConfigMetadata() {
        return ListenerOptions.METADATA;
    }

    @Override
    public void close() {
        if (follower != null) {
            follower.close();
        }
        if (publisher != null) {
            publisher.close();
        }
    }
}
