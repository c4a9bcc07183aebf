package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.flow.FlowStep;
import java.util.List;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.provider.ProviderConfigProperty;

/** Keycloak's step {@code vestibule-gate-broker}, for the first broker login flow. */
public final class GateBrokerAuthenticatorFactory implements AuthenticatorFactory, FlowStep<Authenticator> {

    public static final String ID = "vestibule-gate-broker";

    private static final GateBrokerAuthenticator AUTHENTICATOR =
            new GateBrokerAuthenticator(GateBrokerAuthenticator::applicant);

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Vestibule gate for identity providers";
    }

    @Override
    public String getHelpText() {
        return "Holds new users of certain clients until Vestibule lets them in. Place it in the first broker login flow, directly"
                + " behind the part that creates users, above any step that asks the person something.";
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return new GateFormActionFactory().getConfigProperties();
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return AUTHENTICATOR;
    }
}
