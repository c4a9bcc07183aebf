package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.PageLocale;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Keycloak's event listener {@code vestibule}: one Kafka producer for the whole server. */
public final class KafkaEventListenerFactory
        implements EventListenerProviderFactory, ServerInfoAwareProviderFactory, DoorPolicies.Keeper {

    public static final String ID = "vestibule";

    private ListenerOptions options;
    private EventPublisher publisher;
    private DoorPolicies doorPolicies;

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
    }

    @Override
    public EventListenerProvider create(KeycloakSession session) {
        return new AfterCommitEventListener(
                session.getTransactionManager(), options.eventTypes(), () -> PageLocale.of(session), publisher);
    }

    @Override
    public DoorPolicies doorPolicies() {
        return doorPolicies;
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        Map<String, String> info = new LinkedHashMap<>();
        info.put("version", Objects.requireNonNullElse(getClass().getPackage().getImplementationVersion(), "unknown"));
        info.putAll(options.shown());
        if (publisher != null) {
            info.putAll(publisher.state());
        }
        return info;
    }

    @Override
    public List<ProviderConfigProperty> getConfigMetadata() {
        return ListenerOptions.METADATA;
    }

    @Override
    public void close() {
        if (publisher != null) {
            publisher.close();
        }
    }
}
