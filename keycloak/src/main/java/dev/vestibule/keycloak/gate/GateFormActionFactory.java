package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.SentForm;
import dev.vestibule.keycloak.flow.FlowStep;
import java.util.List;
import org.keycloak.authentication.FormAction;
import org.keycloak.authentication.FormActionFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;

/** Keycloak's registration step {@code vestibule-gate}. */
public final class GateFormActionFactory implements FormActionFactory, FlowStep<FormAction> {

    public static final String ID = "vestibule-gate";

    private static final GateFormAction ACTION = new GateFormAction(SentForm::applicant);

    private static final List<ProviderConfigProperty> PROPERTIES = ProviderConfigurationBuilder.create()
            .property()
            .name(HeldClients.OPTION)
            .label("Clients")
            .type(ProviderConfigProperty.MULTIVALUED_STRING_TYPE)
            .helpText("Clients whose new users are held: client ids, or globs such as partner-*. A client with the attribute "
                    + HeldClients.ATTRIBUTE + "=" + HeldClients.GATE + " holds them as well, and so do the rules that say so.")
            .add()
            .build();

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Vestibule gate";
    }

    @Override
    public String getHelpText() {
        return "Holds new users of certain clients until Vestibule lets them in. Place it below the user creation.";
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return PROPERTIES;
    }

    @Override
    public FormAction create(KeycloakSession session) {
        return ACTION;
    }
}
