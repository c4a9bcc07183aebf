package dev.vestibule.keycloak.gate;

import java.time.Duration;
import org.keycloak.Config;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/**
 * Makes a mark of {@link GateState} or {@link GateUntil} known to Keycloak, whose Admin API keeps only required actions that it has a provider
 * of. A realm that registers the mark all the same shows its page only to whom the gate holds.
 */
abstract class GateMarkFactory implements RequiredActionFactory {

    /** With a mark, nothing changes within a moment: nobody waits. */
    private static final PendingAction ACTION =
            new PendingAction(new WaitAtGate(new PendingOptions(Duration.ZERO, 0, 0)));

    private final String mark;
    private final String meaning;

    GateMarkFactory(String mark, String meaning) {
        this.mark = mark;
        this.meaning = meaning;
    }

    /** Somebody is asked. */
    public static final class Waiting extends GateMarkFactory {
        public Waiting() {
            super(GateState.WAITING.mark(), "somebody is asked");
        }
    }

    /** Nobody decided in time. */
    public static final class Expired extends GateMarkFactory {
        public Expired() {
            super(GateState.EXPIRED.mark(), "not decided in time");
        }
    }

    /** Not let in. */
    public static final class Refused extends GateMarkFactory {
        public Refused() {
            super(GateState.REFUSED.mark(), "refused");
        }
    }

    /** Taken back by the person. */
    public static final class Withdrawn extends GateMarkFactory {
        public Withdrawn() {
            super(GateState.WITHDRAWN.mark(), "withdrawn");
        }
    }

    /** One hour or day until the decision. */
    public static final class Until1 extends GateMarkFactory {
        public Until1() {
            super(GateUntil.mark(0), "decided within, 1");
        }
    }

    /** Two more. */
    public static final class Until2 extends GateMarkFactory {
        public Until2() {
            super(GateUntil.mark(1), "decided within, 2");
        }
    }

    /** Four more. */
    public static final class Until4 extends GateMarkFactory {
        public Until4() {
            super(GateUntil.mark(2), "decided within, 4");
        }
    }

    /** Eight more. */
    public static final class Until8 extends GateMarkFactory {
        public Until8() {
            super(GateUntil.mark(3), "decided within, 8");
        }
    }

    /** Sixteen more. */
    public static final class Until16 extends GateMarkFactory {
        public Until16() {
            super(GateUntil.mark(4), "decided within, 16");
        }
    }

    /** Thirty-two more. */
    public static final class Until32 extends GateMarkFactory {
        public Until32() {
            super(GateUntil.mark(5), "decided within, 32");
        }
    }

    /** Days, not hours. */
    public static final class UntilDays extends GateMarkFactory {
        public UntilDays() {
            super(GateUntil.DAYS, "decided within, in days");
        }
    }

    @Override
    public String getId() {
        return mark;
    }

    @Override
    public String getDisplayText() {
        return "Mark of the gate: " + meaning + " (Vestibule; need not be registered)";
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
