package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.flow.FlowStep;
import org.keycloak.authentication.FormAction;
import org.keycloak.authentication.FormActionFactory;
import org.keycloak.models.KeycloakSession;

/** Keycloak's registration step {@code vestibule-door-form}. */
public final class DoorFormActionFactory implements FormActionFactory, FlowStep<FormAction> {

    public static final String ID = "vestibule-door-form";

    private static final DoorFormAction ACTION = new DoorFormAction(SentForm::applicant);

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Vestibule door";
    }

    @Override
    public String getHelpText() {
        return "Refuses who may not register, with a message on the form. Place it above the user creation.";
    }

    @Override
    public FormAction create(KeycloakSession session) {
        return ACTION;
    }
}
