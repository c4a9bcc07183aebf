package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.Applicant;
import dev.vestibule.keycloak.door.Doorkeeper;
import dev.vestibule.keycloak.door.policy.Door;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/** What the gate in the registration form and the one in the first broker login have in common. */
final class Gate {

    /** Message that tells a person why the registration was refused. */
    static final String NOT_READY = "vestibuleGateNotReady";

    private static final Logger LOG = Logger.getLogger(Gate.class);

    private Gate() {}

    /**
     * Whether to hold somebody: the client says so, or the step, or the policy. A person whom the policy refuses comes this far
     * only where no door stands above the gate, and must not get farther.
     *
     * @param step settings of the flow's execution; null when it has none.
     * @param applicant asked for only if client and step leave it to the policy
     */
    static boolean holds(
            KeycloakSession session, ClientModel client, AuthenticatorConfigModel step, Supplier<Applicant> applicant) {
        return HeldClients.isHeld(client, step == null ? null : step.getConfig())
                || Doorkeeper.answer(session, client, applicant.get()).door() != Door.OPEN;
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
