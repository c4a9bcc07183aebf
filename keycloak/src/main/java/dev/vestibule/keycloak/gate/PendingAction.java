package dev.vestibule.keycloak.gate;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keycloak.authentication.InitiatedActionSupport;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.UserModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * Holds a person between the registration and the application: while this required action is set on the user, Keycloak
 * issues no code, no session and no token. Only an administrator, such as Vestibule, takes it away. The browser waits for
 * that a moment, and then gets a page that says how things stand, and that looks again by itself.
 */
final class PendingAction implements RequiredActionProvider {

    /** What Keycloak shows: it leaves the page to a theme, which may bring its own. */
    private static final String PAGE = "vestibule-pending.ftl";

    private final WaitAtGate wait;
    private final GateAddress address;

    PendingAction(WaitAtGate wait) {
        this(wait, GateAddress.OF_KEYCLOAK);
    }

    PendingAction(WaitAtGate wait, GateAddress address) {
        this.wait = wait;
        this.address = address;
    }

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

    /**
     * Never {@code context.success()}: Keycloak would take the action from the user, and fail where an administrator did that
     * meanwhile. The redirect lets Keycloak look at the user afresh.
     */
    @Override
    public void requiredActionChallenge(RequiredActionContext context) {
        Optional<GateState> before = GateState.lookAt(context.getUser());
        if (before.isEmpty()) {
            context.ignore(); // asked for by kc_action: there is nothing to show
        } else if (!GateAddress.isHere(context)) {
            context.challenge(address.redirect(context));
        } else if (PageRefresh.isRepeated(context.getAuthenticationSession())) {
            showPage(context, before.get());
        } else {
            wait.watch(context.getSession(), context.getRealm(), context.getUser()).ifPresentOrElse(
                    state -> showPage(context, state), () -> context.challenge(address.redirect(context)));
        }
    }

    /** The page's only button looks again. Whatever else is sent there changes nothing. */
    @Override
    public void processAction(RequiredActionContext context) {
        GateState.lookAt(context.getUser()).ifPresentOrElse(state -> showPage(context, state), context::success);
    }

    @Override
    public void close() {
        // holds nothing
    }

    private void showPage(RequiredActionContext context, GateState state) {
        AuthenticationSessionModel login = context.getAuthenticationSession();
        ClientModel client = login.getClient();
        UserModel user = context.getUser();
        String name = client.getName();
        LoginFormsProvider form = context.form()
                .setAttribute("vestibuleState", state.messagePrefix())
                .setAttribute("vestibuleOpen", state.isOpen())
                .setAttribute("vestibuleApplication", name == null || name.isBlank() ? client.getClientId() : name)
                .setAttribute("vestibuleEmail", user.getEmail());
        if (state.isOpen()) {
            Locale locale = PageTime.locale(context.getSession(), user);
            Long since = user.getCreatedTimestamp();
            if (since != null) {
                form.setAttribute("vestibuleSince", PageTime.of(Instant.ofEpochMilli(since), locale));
            }
            GateUntil.in(user.getRequiredActionsStream().collect(Collectors.toSet()), since)
                    .ifPresent(until -> form.setAttribute("vestibuleUntil", PageTime.of(until, locale)));
            form.setResponseHeader("Refresh", PageRefresh.nextSeconds(login, context.getRealm())
                    + ";url=" + address.of(context));
        }
        context.challenge(form.createForm(PAGE));
    }
}
