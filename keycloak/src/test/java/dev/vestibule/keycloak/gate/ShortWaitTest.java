package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The short wait at the gate")
class ShortWaitTest {

    /** A clock that only pauses move. */
    private long nanos;

    private final List<Long> looksAtMs = new ArrayList<>();
    private final ShortWait wait = new ShortWait(Duration.ofMillis(1_500), () -> nanos);
    private final Changes none = new Changes(time -> nanos += time.toNanos());

    @Test
    @DisplayName("ends with the look that sees that the person was let in")
    void released() {
        Optional<GateState> seen = wait.watch(none, look(() -> nowMs() < 30 ? Optional.of(GateState.ARRIVED) : Optional.empty()));

        assertEquals(Optional.empty(), seen);
        assertEquals(List.of(0L, 20L, 40L), looksAtMs);
    }

    @Test
    @DisplayName("looks at once when the user changes")
    void changed() {
        Changes sooner = new Changes(time -> nanos += Duration.ofMillis(3).toNanos());

        wait.watch(sooner, look(() -> nowMs() < 3 ? Optional.of(GateState.ARRIVED) : Optional.empty()));

        assertEquals(List.of(0L, 3L), looksAtMs);
    }

    @Test
    @DisplayName("looks less often the longer it lasts, a last time at its end, and then says what it saw")
    void held() {
        Optional<GateState> seen = wait.watch(none, look(() -> Optional.of(GateState.ARRIVED)));

        assertEquals(Optional.of(GateState.ARRIVED), seen);
        assertEquals(1_500L, looksAtMs.get(looksAtMs.size() - 1));
        assertTrue(looksAtMs.size() < 40, looksAtMs::toString);
    }

    @ParameterizedTest
    @EnumSource(value = GateState.class, names = {"WAITING", "EXPIRED", "LOCKED", "REFUSED"})
    @DisplayName("is over at once in a state that does not change within a moment")
    void notSoon(GateState state) {
        assertEquals(Optional.of(state), wait.watch(none, look(() -> Optional.of(state))));
        assertEquals(List.of(0L), looksAtMs);
    }

    @Test
    @DisplayName("goes on while the address is not verified: the rules may let in all the same")
    void unverified() {
        wait.watch(none, look(() -> Optional.of(GateState.UNVERIFIED)));

        assertEquals(1_500L, nowMs());
    }

    @Test
    @DisplayName("gives way when Keycloak goes down")
    void interrupted() {
        Changes stopped = new Changes(time -> {
            throw new InterruptedException();
        });

        assertEquals(Optional.of(GateState.ARRIVED), wait.watch(stopped, () -> Optional.of(GateState.ARRIVED)));
        assertTrue(Thread.interrupted());
    }

    private Supplier<Optional<GateState>> look(Supplier<Optional<GateState>> answer) {
        return () -> {
            looksAtMs.add(nowMs());
            return answer.get();
        };
    }

    private long nowMs() {
        return Duration.ofNanos(nanos).toMillis();
    }
}
