package dev.vestibule.keycloak.gate;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Looks, for a moment, whether the gate still holds somebody: whenever the user changes, and now and then. A person whom the
 * rules let in meanwhile never sees the gate's page.
 */
final class ShortWait {

    /**
     * Without a word of a change, there is this time between two looks at least, and a fifth of what was waited so far: only
     * a change through another server of the cluster is seen so late.
     */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(60);

    private final Duration most;
    private final LongSupplier nanos;

    ShortWait(Duration most) {
        this(most, System::nanoTime);
    }

    ShortWait(Duration most, LongSupplier nanos) {
        this.most = most;
        this.nanos = nanos;
    }

    /** @return what the last look saw: nothing when the gate does not hold the person any more */
    Optional<GateState> watch(UserChanges.Watch changes, Supplier<Optional<GateState>> look) {
        long start = nanos.getAsLong();
        while (true) {
            Optional<GateState> seen = look.get();
            Duration waited = Duration.ofNanos(nanos.getAsLong() - start);
            Duration left = most.minus(waited);
            if (!seen.map(GateState::maySoonChange).orElse(false) || left.isNegative() || left.isZero()) {
                return seen;
            }
            try {
                changes.await(shorter(left, shorter(LONGEST_PAUSE, longer(SHORTEST_PAUSE, waited.dividedBy(5)))));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt(); // Keycloak goes down
                return seen;
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
