package dev.vestibule.keycloak.gate;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Stops a login that Keycloak is about to finish for somebody whom the gate holds. That must not happen, and does: Keycloak
 * 26.7.4 can be made to leave required actions out. The test of the gate on the real server shows it.
 *
 * <p>Keycloak raises LOGIN when the session is made, and before the answer is. It takes no word from a listener and swallows
 * what one throws. So the guard makes the transaction fail, and with it session and code; and it takes from the request what
 * an answer cannot be made without, because a SAML assertion or a token in the answer would need no session.
 */
final class LoginGuard implements EventListenerProvider {

    private static final Logger LOG = Logger.getLogger(LoginGuard.class);

    private final KeycloakSession session;
    private final Runnable stopped;
    private final Supplier<RuntimeException> end;

    /**
     * @param stopped told of each login that was stopped
     * @param end makes what ends the request
     */
    LoginGuard(KeycloakSession session, Runnable stopped, Supplier<RuntimeException> end) {
        this.session = session;
        this.stopped = stopped;
        this.end = end;
    }

    @Override
    public void onEvent(Event event) {
        if (event.getType() != EventType.LOGIN || event.getError() != null || event.getUserId() == null) {
            return;
        }
        RealmModel realm = session.getContext().getRealm();
        if (realm == null || !isHeld(realm, event.getUserId())) {
            return;
        }
        session.getTransactionManager().setRollbackOnly();
        stopped.run();
        LOG.warnf(
                "Login stopped: user %s of realm %s stands at the gate, and a request from %s went round it (client %s)",
                event.getUserId(), realm.getName(), event.getIpAddress(), event.getClientId());
        endAtNextStep(realm);
    }

    /** Keycloak heeds no required action that the realm has not enabled, and neither does the guard. */
    private boolean isHeld(RealmModel realm, String userId) {
        if (!PendingActionFactory.isReady(realm)) {
            return false;
        }
        UserModel user = session.users().getUserById(realm, userId);
        return user != null && GateState.lookAt(user).isPresent();
    }

    /** The next that asks for the realm ends the request. The error page, which comes after that, gets the realm again. */
    private void endAtNextStep(RealmModel realm) {
        AtomicBoolean set = new AtomicBoolean(); // Keycloak may ask for its name while it is being set
        session.getContext().setRealm((RealmModel) Proxy.newProxyInstance(
                LoginGuard.class.getClassLoader(), new Class<?>[] {RealmModel.class}, (self, method, arguments) -> {
                    if (!set.get()) {
                        return method.invoke(realm, arguments);
                    }
                    session.getContext().setRealm(realm);
                    throw end.get();
                }));
        set.set(true);
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        // An administrator who lets somebody in takes the required action away first.
    }

    @Override
    public void close() {
        // One per Keycloak session; the count belongs to the factory.
    }
}
