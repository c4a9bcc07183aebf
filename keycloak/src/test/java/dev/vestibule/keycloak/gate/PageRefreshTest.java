package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The gate's page looks again by itself")
class PageRefreshTest {

    private final Door door = new Door();

    @ParameterizedTest(name = "after {0} pages: in {2} s, where a login times out after {1} s")
    @CsvSource({"0, 300, 2", "1, 300, 3", "4, 300, 10", "9, 300, 60", "100000, 300, 60", "9, 60, 30", "0, 1, 1"})
    @DisplayName("less and less often, and always before Keycloak ends the login")
    void seconds(int pagesBefore, int timeout, int seconds) {
        assertEquals(seconds, PageRefresh.seconds(pagesBefore, timeout));
    }

    @Test
    @DisplayName("and the login remembers how often it was shown")
    void counts() {
        assertEquals(false, PageRefresh.isRepeated(door.login));
        assertEquals(2, PageRefresh.nextSeconds(door.login, door.realm));
        assertEquals(true, PageRefresh.isRepeated(door.login));
        assertEquals(3, PageRefresh.nextSeconds(door.login, door.realm));
        assertEquals(4, PageRefresh.nextSeconds(door.login, door.realm));
    }
}
