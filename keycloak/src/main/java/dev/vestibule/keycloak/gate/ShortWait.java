package dev.vestibule.keycloak.gate;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Looks again and again, for a moment, whether the gate still holds somebody. A person whom the rules let in meanwhile
 * never sees the gate's page.
 */
final class ShortWait {

    /** Between two looks there is this time at least, and a tenth of what was waited so far: late looks change less. */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

    /** {@link Thread#sleep(Duration)}, which a test replaces. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    private final Duration most;
    private final LongSupplier nanos;
    private final Pause pause;

    ShortWait(Duration most) {
        this(most, System::nanoTime, time -> Thread.sleep(time.toMillis()));
    }

    ShortWait(Duration most, LongSupplier nanos, Pause pause) {
        this.most = most;
        this.nanos = nanos;
        this.pause = pause;
    }

    /** @return what the last look saw: nothing when the gate does not hold the person any more */
    Optional<GateState> watch(Supplier<Optional<GateState>> look) {
        long start = nanos.getAsLong();
        while (true) {
            Optional<GateState> seen = look.get();
            Duration waited = Duration.ofNanos(nanos.getAsLong() - start);
            Duration left = most.minus(waited);
            if (!seen.map(GateState::maySoonChange).orElse(false) || left.isNegative() || left.isZero()) {
                return seen;
            }
            try {
                pause.of(shorter(left, longer(SHORTEST_PAUSE, waited.dividedBy(10))));
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
