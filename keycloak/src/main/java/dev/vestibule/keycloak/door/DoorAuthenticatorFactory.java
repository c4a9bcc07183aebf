package dev.vestibule.keycloak.door;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;

/** Makes a step that shows nothing but a refusal, and has no settings: the rules decide, and clients. */
public abstract class DoorAuthenticatorFactory implements AuthenticatorFactory {

    private static final Requirement[] REQUIREMENTS = {Requirement.REQUIRED, Requirement.DISABLED};

    private final String id;
    private final String displayType;
    private final String helpText;
    private final Authenticator authenticator;

    DoorAuthenticatorFactory(String id, String displayType, String helpText, Authenticator authenticator) {
        this.id = id;
        this.displayType = displayType;
        this.helpText = helpText;
        this.authenticator = authenticator;
    }

    /** Keycloak's step {@code vestibule-door}, above the registration form. */
    public static final class AboveForm extends DoorAuthenticatorFactory {

        public static final String ID = "vestibule-door";

        public AboveForm() {
            super(
                    ID,
                    "Vestibule door",
                    "Shows who may not register a page that says so. Place it above the registration form.",
                    new DoorAuthenticator());
        }
    }

    /** Keycloak's step {@code vestibule-door-broker}, for the first broker login flow. */
    public static final class Broker extends DoorAuthenticatorFactory {

        public static final String ID = "vestibule-door-broker";

        public Broker() {
            super(
                    ID,
                    "Vestibule door for identity providers",
                    "Refuses new users who may not register. Place it in the first broker login flow, below Review Profile and"
                            + " above the user creation.",
                    new DoorBrokerAuthenticator());
        }
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public String getDisplayType() {
        return displayType;
    }

    @Override
    public String getReferenceCategory() {
        return id;
    }

    @Override
    public String getHelpText() {
        return helpText;
    }

    @Override
    public boolean isConfigurable() {
        return false;
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
        return List.of();
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return authenticator;
    }

    @Override
    public void init(Config.Scope scope) {
        // decided by the rules and by clients, not by the server's options
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
