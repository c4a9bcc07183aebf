package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.Applicant;
import dev.vestibule.keycloak.door.Doorkeeper;
import java.util.List;
import java.util.function.Function;
import org.keycloak.authentication.FormAction;
import org.keycloak.authentication.FormContext;
import org.keycloak.authentication.ValidationContext;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.FormMessage;

/**
 * The step of the registration form that closes the door behind a new user, in the transaction that creates the user:
 * there is no moment in which the person could log in.
 */
final class GateFormAction implements FormAction {

    /** Attribute of Keycloak's session of one request: the answer when the form was looked at. */
    private static final String HELD = GateFormAction.class.getName();

    private final Function<FormContext, Applicant> applicant;

    GateFormAction(Function<FormContext, Applicant> applicant) {
        this.applicant = applicant;
    }

    @Override
    public void buildPage(FormContext context, LoginFormsProvider form) {
        // asks nothing of the person
    }

    /** Refuses the registration when the hold would have no effect: nobody gets in because a realm is half set up. */
    @Override
    public void validate(ValidationContext context) {
        boolean held = isHeld(context);
        context.getSession().setAttribute(HELD, held);
        if (!held || Gate.isReady(context.getRealm(), context.getAuthenticationSession().getClient())) {
            Doorkeeper.note(context.getSession(), context.getEvent());
            context.success();
            return;
        }
        context.error("vestibule_gate_not_ready");
        context.validationError(
                context.getHttpRequest().getDecodedFormParameters(),
                List.of(new FormMessage(null, Gate.NOT_READY)));
    }

    /** Holds by the answer that the event tells of. A newer policy may be in force by now, which the event does not name. */
    @Override
    public void success(FormContext context) {
        Boolean held = context.getSession().getAttribute(HELD, Boolean.class);
        if (held == null ? !isHeld(context) : !held) {
            return;
        }
        if (context.getUser() == null) {
            throw new IllegalStateException(GateFormActionFactory.ID + " must stand below the step that creates the user");
        }
        context.getUser().addRequiredAction(PendingActionFactory.ID);
    }

    /** The user comes into being in the same form. */
    @Override
    public boolean requiresUser() {
        return false;
    }

    @Override
    public boolean configuredFor(KeycloakSession session, RealmModel realm, UserModel user) {
        return true;
    }

    @Override
    public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {
        // for steps that a user has to set up first; this is none
    }

    @Override
    public void close() {
        // holds nothing
    }

    private boolean isHeld(FormContext context) {
        return Gate.holds(
                context.getSession(),
                context.getAuthenticationSession().getClient(),
                context.getAuthenticatorConfig(),
                () -> applicant.apply(context));
    }
}
