package dev.vestibule.keycloak.events;

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
import org.keycloak.models.RealmModel;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Keycloak's event listener {@code vestibule}: one Kafka producer for the whole server. */
public final class KafkaEventListenerFactory implements EventListenerProviderFactory, ServerInfoAwareProviderFactory {

    public static final String ID = "vestibule";

    private static final Logger LOG = Logger.getLogger(KafkaEventListenerFactory.class);

    private ListenerOptions options;
    private EventPublisher publisher;

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public void init(Config.Scope scope) {
        options = ListenerOptions.read(scope);
    }

    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        publisher = KafkaEventPublisher.open(options);
    }

    @Override
    public EventListenerProvider create(KeycloakSession session) {
        return new AfterCommitEventListener(
                session.getTransactionManager(), options.eventTypes(), () -> localeOf(session), publisher);
    }

    /** Never an exception: Keycloak would swallow it, and the event with it. */
    private static String localeOf(KeycloakSession session) {
        try {
            RealmModel realm = session.getContext().getRealm();
            return realm != null && realm.isInternationalizationEnabled()
                    ? session.getContext().resolveLocale(null).toLanguageTag()
                    : null;
        } catch (RuntimeException unknown) {
            LOG.debug("The language of a registration is not known", unknown);
            return null;
        }
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
