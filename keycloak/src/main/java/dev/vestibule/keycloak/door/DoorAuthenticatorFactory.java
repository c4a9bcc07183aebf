package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.flow.FlowStep;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.KeycloakSession;

/** Makes a step that shows nothing but a refusal, and has no settings: the rules decide, and clients. */
public abstract class DoorAuthenticatorFactory implements AuthenticatorFactory, FlowStep<Authenticator> {

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
    public String getHelpText() {
        return helpText;
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return authenticator;
    }
}
