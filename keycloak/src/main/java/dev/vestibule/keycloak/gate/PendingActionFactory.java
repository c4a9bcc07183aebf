package dev.vestibule.keycloak.gate;

import org.keycloak.Config;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RequiredActionProviderModel;

/** Keycloak's required action {@code vestibule-pending}. */
public final class PendingActionFactory implements RequiredActionFactory {

    public static final String ID = "vestibule-pending";

    private static final PendingAction ACTION = new PendingAction();

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
        return ACTION;
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
