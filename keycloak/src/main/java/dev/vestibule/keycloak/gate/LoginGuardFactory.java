package dev.vestibule.keycloak.gate;

import jakarta.ws.rs.ForbiddenException;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/**
 * Keycloak's event listener {@code vestibule-login-guard}. It is at work in every realm, and Keycloak lets no realm name it:
 * a realm could forget to.
 */
public final class LoginGuardFactory implements EventListenerProviderFactory, ServerInfoAwareProviderFactory {

    public static final String ID = "vestibule-login-guard";

    private final LongAdder stopped = new LongAdder();

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public boolean isGlobal() {
        return true;
    }

    @Override
    public EventListenerProvider create(KeycloakSession session) {
        return new LoginGuard(session, stopped::increment, () -> new ForbiddenException("the gate holds this person"));
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        return Map.of("logins stopped that went round the gate", String.valueOf(stopped.sum()));
    }

    @Override
    public void init(Config.Scope scope) {
        // nothing to set
    }

    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        // nothing to prepare
    }

    @Override
    public void close() {
        // holds nothing
    }
}
