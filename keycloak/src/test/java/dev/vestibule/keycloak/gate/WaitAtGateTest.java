package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A request at the gate")
class WaitAtGateTest {

    private static final Optional<GateState> HELD = Optional.of(GateState.ARRIVED);

    private final Door door = new Door();
    private final List<String> looks = new ArrayList<>();
    private long nanos;

    @BeforeEach
    void held() {
        door.actionsOfUser.add("vestibule-pending");
    }

    @Test
    @DisplayName("reads the user afresh until the person is let in")
    void released() {
        Iterator<Optional<GateState>> seen = List.of(HELD, HELD, Optional.<GateState>empty()).iterator();

        assertEquals(Optional.empty(), wait(1_500, 1, (session, realm, user) -> {
            looks.add(realm + " " + user);
            return seen.next();
        }).watch(null, door.realm, door.user));
        assertEquals(List.of("acme-id ann-id", "acme-id ann-id", "acme-id ann-id"), looks);
    }

    @Test
    @DisplayName("that finds no place to wait gets the page at once")
    void noPlace() {
        WaitAtGate[] gate = new WaitAtGate[1];
        gate[0] = wait(1_500, 1, (session, realm, user) -> {
            looks.add("first");
            assertEquals(HELD, gate[0].watch(null, door.realm, door.user)); // the second, while the first waits
            return Optional.empty();
        });

        assertEquals(Optional.empty(), gate[0].watch(null, door.realm, door.user));
        assertEquals(List.of("first"), looks);
        assertEquals("1", gate[0].shown().get("requests that found no place to wait"));
    }

    @Test
    @DisplayName("does not wait where the operator sets no time")
    void noTime() {
        assertEquals(HELD, wait(0, 50, null).watch(null, door.realm, door.user));
    }

    @Test
    @DisplayName("gets the page when the user cannot be read, and gives its place back")
    void unreadable() {
        WaitAtGate wait = wait(1_500, 1, (session, realm, user) -> {
            throw new IllegalStateException("no connection left");
        });

        assertEquals(HELD, wait.watch(null, door.realm, door.user));
        assertEquals("0", wait.shown().get("requests waiting"));
    }

    private WaitAtGate wait(int ms, int places, WaitAtGate.FreshLook look) {
        Duration patience = Duration.ofMillis(ms);
        return new WaitAtGate(
                new PendingOptions(patience, places, 25),
                new ShortWait(patience, () -> nanos),
                look,
                (request, user) -> new Changes(time -> nanos += time.toNanos()));
    }
}
