package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The places to wait at the gate")
class WaitingPlacesTest {

    private final WaitingPlaces places = new WaitingPlaces(3, 2);

    @Test
    @DisplayName("are bounded in each realm, so that one realm leaves places for the others")
    void perRealm() {
        assertTrue(places.enter("acme"));
        assertTrue(places.enter("acme"));
        assertFalse(places.enter("acme"));
        assertTrue(places.enter("other"));
    }

    @Test
    @DisplayName("are bounded on the server")
    void perServer() {
        places.enter("acme");
        places.enter("acme");
        places.enter("other");

        assertFalse(places.enter("other"));
        assertEquals(Map.of("requests waiting", "3", "requests that found no place to wait", "1"), places.shown());
    }

    @Test
    @DisplayName("are free again when somebody leaves")
    void leave() {
        places.enter("acme");
        places.enter("acme");

        places.leave("acme");

        assertTrue(places.enter("acme"));
        places.leave("acme");
        places.leave("acme");
        assertEquals("0", places.shown().get("requests waiting"));
    }

    @Test
    @DisplayName("may be none at all")
    void none() {
        assertFalse(new WaitingPlaces(0, 25).enter("acme"));
        assertFalse(new WaitingPlaces(50, 0).enter("acme"));
    }
}
