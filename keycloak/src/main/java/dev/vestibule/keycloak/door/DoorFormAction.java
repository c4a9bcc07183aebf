package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.function.Function;
import org.keycloak.authentication.FormAction;
import org.keycloak.authentication.FormContext;
import org.keycloak.authentication.ValidationContext;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * The door inside the registration form: looks at what was typed, before an account exists. It looks again at the rest, too:
 * the rules may have changed while the form was open, and whoever sends a form need not have asked for it.
 */
final class DoorFormAction implements FormAction {

    private final Function<FormContext, Applicant> applicant;

    DoorFormAction(Function<FormContext, Applicant> applicant) {
        this.applicant = applicant;
    }

    @Override
    public void buildPage(FormContext context, LoginFormsProvider form) {
        // asks nothing of the person
    }

    @Override
    public void validate(ValidationContext context) {
        Answer answer = Doorkeeper.answer(
                context.getSession(), context.getAuthenticationSession().getClient(), applicant.apply(context));
        if (answer.door() != Door.REFUSE) {
            Doorkeeper.note(context.getSession(), context.getEvent());
            context.success();
            return;
        }
        MultivaluedMap<String, String> form = context.getHttpRequest().getDecodedFormParameters();
        Refusal refusal = new Refusal(answer);
        refusal.describe(context.getEvent().detail("register_method", "form"));
        context.error(RefusalError.REFUSED);
        context.validationError(form, List.of(
                refusal.message(form.keySet(), context.getSession().getContext().resolveLocale(null))));
    }

    @Override
    public void success(FormContext context) {
        // the person may go on; the gate is a step of its own
    }

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
}
