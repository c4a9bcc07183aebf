package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.Applicant;
import jakarta.ws.rs.core.Response;
import java.util.function.Function;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.authenticators.broker.AbstractIdpAuthenticator;
import org.keycloak.authentication.authenticators.broker.util.SerializedBrokeredIdentityContext;
import org.keycloak.broker.provider.AbstractIdentityProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * The gate for those who come through an identity provider: they never see the registration form, but the first broker
 * login flow creates them, and this step of it holds them in the same transaction.
 */
final class GateBrokerAuthenticator implements Authenticator {

    private final Function<AuthenticationFlowContext, Applicant> applicant;

    GateBrokerAuthenticator(Function<AuthenticationFlowContext, Applicant> applicant) {
        this.applicant = applicant;
    }

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        if (!isNew(context) || !isHeld(context)) {
            context.success();
        } else if (Gate.isReady(context.getRealm(), context.getAuthenticationSession().getClient())) {
            context.getUser().addRequiredAction(PendingActionFactory.ID);
            context.success();
        } else {
            refuse(context);
        }
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        authenticate(context); // shows no form, so nothing is ever sent here
    }

    @Override
    public boolean requiresUser() {
        return true;
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

    /** Somebody who had an account already, and only links it to the provider, was let in long ago. */
    private static boolean isNew(AuthenticationFlowContext context) {
        return Boolean.parseBoolean(
                context.getAuthenticationSession().getAuthNote(AbstractIdentityProvider.BROKER_REGISTERED_NEW_USER));
    }

    private boolean isHeld(AuthenticationFlowContext context) {
        return Gate.holds(
                context.getSession(),
                context.getAuthenticationSession().getClient(),
                context.getAuthenticatorConfig(),
                () -> applicant.apply(context));
    }

    static Applicant applicant(AuthenticationFlowContext context) {
        SerializedBrokeredIdentityContext identity = SerializedBrokeredIdentityContext.readFromAuthenticationSession(
                context.getAuthenticationSession(), AbstractIdpAuthenticator.BROKERED_CONTEXT_NOTE);
        UserModel user = context.getUser();
        return Applicant.ofBroker(identity.getIdentityProviderId(), user.getUsername(), user.getEmail());
    }

    /** The user is there already; left behind, it would be no new one at the next try, and walk in. */
    private static void refuse(AuthenticationFlowContext context) {
        context.getSession().getTransactionManager().setRollbackOnly();
        context.failure(
                AuthenticationFlowError.INTERNAL_ERROR,
                context.form().setError(Gate.NOT_READY).createErrorPage(Response.Status.SERVICE_UNAVAILABLE));
    }
}
