package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** The door above the registration form: who may not register is not shown the form, but a page that says so. */
final class DoorAuthenticator implements Authenticator {

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        Answer answer = Doorkeeper.answer(
                context.getSession(), context.getAuthenticationSession().getClient(), Applicant.atForm());
        if (answer.door() == Door.REFUSE) {
            new Refusal(answer).end(context, RefusalError.CLOSED, "form");
        } else {
            context.success();
        }
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        authenticate(context); // its page has no form, so nothing is ever sent here
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
