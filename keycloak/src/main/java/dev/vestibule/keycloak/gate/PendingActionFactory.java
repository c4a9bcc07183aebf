package dev.vestibule.keycloak.gate;

import java.util.Map;
import org.keycloak.Config;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RequiredActionProviderModel;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Keycloak's required action {@code vestibule-pending}. */
public final class PendingActionFactory implements RequiredActionFactory, ServerInfoAwareProviderFactory {

    public static final String ID = "vestibule-pending";

    private WaitAtGate wait;
    private PendingAction action;

    /** Whether Keycloak heeds the action in this realm. It ignores one that is not registered there, or disabled. */
    static boolean isReady(RealmModel realm) {
        RequiredActionProviderModel action = realm.getRequiredActionProviderByAlias(ID);
        return action != null && action.isEnabled();
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayText() {
        return "Registration is being looked at (Vestibule)";
    }

    @Override
    public RequiredActionProvider create(KeycloakSession session) {
        return action;
    }

    @Override
    public void init(Config.Scope scope) {
        wait = new WaitAtGate(PendingOptions.read(scope));
        action = new PendingAction(wait);
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        return wait.shown();
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
