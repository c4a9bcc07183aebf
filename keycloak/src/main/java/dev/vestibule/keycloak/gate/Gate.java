package dev.vestibule.keycloak.gate;

import org.jboss.logging.Logger;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.RealmModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** What the gate in the registration form and the one in the first broker login have in common. */
final class Gate {

    /** Message that tells a person why the registration was refused. */
    static final String NOT_READY = "vestibuleGateNotReady";

    private static final Logger LOG = Logger.getLogger(Gate.class);

    private Gate() {}

    /** @param step settings of the flow's execution; null when it has none. */
    static boolean holds(AuthenticationSessionModel login, AuthenticatorConfigModel step) {
        return HeldClients.isHeld(login.getClient(), step == null ? null : step.getConfig());
    }

    /** Whether a hold would be heeded. If not, the log says what the realm lacks, and nobody must get in for that. */
    static boolean isReady(RealmModel realm, ClientModel client) {
        if (PendingActionFactory.isReady(realm)) {
            return true;
        }
        LOG.errorf(
                "Registration refused: client %s of realm %s holds new users, but the realm's required action %s is not"
                        + " registered or not enabled (Authentication > Required actions)",
                client.getClientId(), realm.getName(), PendingActionFactory.ID);
        return false;
    }
}
