package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.broker.IdpCreateUserIfUniqueAuthenticator;
import org.keycloak.authentication.authenticators.broker.util.SerializedBrokeredIdentityContext;
import org.keycloak.broker.provider.BrokeredIdentityContext;

/**
 * The door for those who come through an identity provider and are new here. It finds out who is new as Keycloak's own step
 * does that creates the user, and lets everybody else pass: they only link the account that they have.
 */
final class DoorBrokerAuthenticator extends IdpCreateUserIfUniqueAuthenticator {

    @Override
    protected void authenticateImpl(
            AuthenticationFlowContext context, SerializedBrokeredIdentityContext serialized, BrokeredIdentityContext identity) {
        String username = getUsername(context, serialized, identity);
        if (username == null || username.isBlank() || !isNew(context, username, serialized, identity)) {
            context.success(); // without a user name, Keycloak's step starts the flow again, and asks for one
            return;
        }
        Answer answer = Doorkeeper.answer(
                context.getSession(),
                context.getAuthenticationSession().getClient(),
                Applicant.ofBroker(identity.getIdpConfig().getAlias(), username, identity.getEmail()));
        if (answer.door() == Door.REFUSE) {
            new Refusal(answer).end(context, RefusalError.REFUSED, "broker");
        } else {
            context.success();
        }
    }

    /** Transient users are not kept, so Keycloak makes one whoever else has the name or the address. */
    boolean isNew(
            AuthenticationFlowContext context,
            String username,
            SerializedBrokeredIdentityContext serialized,
            BrokeredIdentityContext identity) {
        return context.getAuthenticationSession().getAuthNote(EXISTING_USER_INFO) == null
                && (identity.getIdpConfig().isTransientUsers()
                        || checkExistingUser(context, username, serialized, identity) == null);
    }
}
