package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.vestibule.keycloak.options.GivenOptions;
import dev.vestibule.keycloak.options.InvalidOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The gate's options")
class PendingOptionsTest {

    private static final String NAME = "--spi-required-action--vestibule-pending--";

    @Test
    @DisplayName("need not be set")
    void defaults() {
        assertEquals(
                new PendingOptions(Duration.ofMillis(1_500), 30, 20), PendingOptions.read(new GivenOptions("enabled", "true")));
    }

    @Test
    @DisplayName("are shown in the admin console, with what goes on")
    void shown() {
        PendingActionFactory factory = new PendingActionFactory();
        factory.init(new GivenOptions("wait-ms", " 0 ", "waiting-at-once", "8", "waiting-at-once-per-realm", "4"));

        assertEquals(
                Map.of(
                        "wait-ms", "0",
                        "waiting-at-once", "8",
                        "waiting-at-once-per-realm", "4",
                        "requests waiting", "0",
                        "requests that found no place to wait", "0"),
                factory.getOperationalInfo());
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', value = {
        "wait-ms                   | soon   | must be a whole number from 0 to 30000, not 'soon'",
        "wait-ms                   | -1     | must be a whole number from 0 to 30000, not '-1'",
        "waiting-at-once           | 10001  | must be a whole number from 0 to 10000, not '10001'",
        "waiting-at-once-per-realm | ''     | must be a whole number from 0 to 10000, not ''",
        "wait                      | 1500   | is unknown",
    })
    @DisplayName("that are wrong stop Keycloak, with their full name and what is wrong")
    void refused(String option, String value, String problem) {
        PendingActionFactory factory = new PendingActionFactory();
        GivenOptions options = new GivenOptions(option, value);

        assertEquals(NAME + option + " " + problem,
                assertThrows(InvalidOption.class, () -> factory.init(options)).getMessage());
    }
}
