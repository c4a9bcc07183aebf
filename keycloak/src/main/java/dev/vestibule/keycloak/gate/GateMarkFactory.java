package dev.vestibule.keycloak.gate;

import java.time.Duration;
import org.keycloak.Config;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/**
 * Makes a mark of {@link GateState} known to Keycloak, whose Admin API keeps only required actions that it has a provider
 * of. A realm that registers the mark all the same shows its page only to whom the gate holds.
 */
abstract class GateMarkFactory implements RequiredActionFactory {

    /** With a mark, nothing changes within a moment: nobody waits. */
    private static final PendingAction ACTION =
            new PendingAction(new WaitAtGate(new PendingOptions(Duration.ZERO, 0, 0)));

    private final GateState state;
    private final String text;

    GateMarkFactory(GateState state, String text) {
        this.state = state;
        this.text = text;
    }

    /** Somebody is asked. */
    public static final class Waiting extends GateMarkFactory {
        public Waiting() {
            super(GateState.WAITING, "Mark of the gate: somebody is asked (Vestibule; need not be registered)");
        }
    }

    /** Nobody decided in time. */
    public static final class Expired extends GateMarkFactory {
        public Expired() {
            super(GateState.EXPIRED, "Mark of the gate: not decided in time (Vestibule; need not be registered)");
        }
    }

    /** Not let in. */
    public static final class Refused extends GateMarkFactory {
        public Refused() {
            super(GateState.REFUSED, "Mark of the gate: refused (Vestibule; need not be registered)");
        }
    }

    @Override
    public String getId() {
        return state.mark();
    }

    @Override
    public String getDisplayText() {
        return text;
    }

    @Override
    public RequiredActionProvider create(KeycloakSession session) {
        return ACTION;
    }

    @Override
    public void init(Config.Scope scope) {
        // nothing to set
    }

    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        // nothing to prepare
    }

    @Override
    public void close() {
        // holds nothing
    }
}
