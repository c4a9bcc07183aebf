package dev.vestibule.keycloak.gate;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;

/** Keycloak's step {@code vestibule-gate-broker}, for the first broker login flow. */
public final class GateBrokerAuthenticatorFactory implements AuthenticatorFactory {

    public static final String ID = "vestibule-gate-broker";

    private static final GateBrokerAuthenticator AUTHENTICATOR =
            new GateBrokerAuthenticator(GateBrokerAuthenticator::applicant);
    private static final Requirement[] REQUIREMENTS = {Requirement.REQUIRED, Requirement.DISABLED};

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Vestibule gate for identity providers";
    }

    @Override
    public String getReferenceCategory() {
        return ID;
    }

    @Override
    public String getHelpText() {
        return "Holds new users of certain clients until Vestibule lets them in. Place it in the first broker login flow, directly"
                + " behind the part that creates users, above any step that asks the person something.";
    }

    @Override
    public boolean isConfigurable() {
        return true;
    }

    @Override
    public boolean isUserSetupAllowed() {
        return false;
    }

    @Override
    public Requirement[] getRequirementChoices() {
        return REQUIREMENTS.clone();
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return new GateFormActionFactory().getConfigProperties();
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return AUTHENTICATOR;
    }

    @Override
    public void init(Config.Scope scope) {
        // set per flow, not per server
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
