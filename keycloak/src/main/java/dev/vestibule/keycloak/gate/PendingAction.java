package dev.vestibule.keycloak.gate;

import org.keycloak.authentication.InitiatedActionSupport;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.UserModel;

/**
 * Holds a person between the registration and the application: while this required action is set on the user, Keycloak
 * issues no code, no session and no token, and every login ends at a page that says how things stand. Only an administrator, such as
 * Vestibule, takes it away.
 */
final class PendingAction implements RequiredActionProvider {

    /** What Keycloak shows: it leaves the page to a theme, which may bring its own. */
    private static final String PAGE = "vestibule-pending.ftl";

    /**
     * Says yes, so that the person cannot start it. Keycloak <em>skips</em> an action that answers no when the browser asks
     * for it by {@code kc_action}, even if it is set on the user ({@code AuthenticationManager.executeAction}, 26.7): the
     * held person would walk through the gate.
     */
    @Override
    public InitiatedActionSupport initiatedActionSupport() {
        return InitiatedActionSupport.SUPPORTED;
    }

    @Override
    public void evaluateTriggers(RequiredActionContext context) {
        // Whom to hold is decided at the registration, by the gate, not at each login.
    }

    @Override
    public void requiredActionChallenge(RequiredActionContext context) {
        if (isHeld(context.getUser())) {
            showPage(context);
        } else {
            context.ignore(); // asked for by kc_action: there is nothing to show
        }
    }

    /** The page's only button looks again. Whatever else is sent there changes nothing. */
    @Override
    public void processAction(RequiredActionContext context) {
        if (isHeld(context.getUser())) {
            showPage(context);
        } else {
            context.success();
        }
    }

    @Override
    public void close() {
        // holds nothing
    }

    private static boolean isHeld(UserModel user) {
        return user.getRequiredActionsStream().anyMatch(PendingActionFactory.ID::equals);
    }

    private static void showPage(RequiredActionContext context) {
        ClientModel client = context.getAuthenticationSession().getClient();
        String name = client.getName();
        GateState state = GateState.of(context.getUser());
        context.challenge(context.form()
                .setAttribute("vestibuleState", state.messagePrefix())
                .setAttribute("vestibuleOpen", state.isOpen())
                .setAttribute("vestibuleApplication", name == null || name.isBlank() ? client.getClientId() : name)
                .setAttribute("vestibuleEmail", context.getUser().getEmail())
                .createForm(PAGE));
    }
}
