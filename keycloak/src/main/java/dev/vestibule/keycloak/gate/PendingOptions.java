package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.options.ProviderOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.keycloak.Config;

/**
 * What an operator can set for the whole server, each as {@code --spi-required-action--vestibule-pending--<option>}.
 *
 * @param patience how long a browser's request waits at the gate before it gets the page
 * @param waitingAtOnce how many requests may wait at a time: each keeps a thread and a database connection. Keycloak has 50
 *     threads on up to 12 processors, and what ends the wait, a call of the Admin API, needs one as well.
 * @param waitingAtOncePerRealm the same, in one realm
 */
record PendingOptions(Duration patience, int waitingAtOnce, int waitingAtOncePerRealm) {

    static final PendingOptions DEFAULTS = new PendingOptions(Duration.ofMillis(1_500), 30, 20);

    private static final int MOST_WAITING = 10_000;

    static PendingOptions read(Config.Scope scope) {
        ProviderOptions options = ProviderOptions.of("required-action", PendingActionFactory.ID, scope);
        PendingOptions read = new PendingOptions(
                Duration.ofMillis(options.number("wait-ms", (int) DEFAULTS.patience.toMillis(), 0, 30_000)),
                options.number("waiting-at-once", DEFAULTS.waitingAtOnce, 0, MOST_WAITING),
                options.number("waiting-at-once-per-realm", DEFAULTS.waitingAtOncePerRealm, 0, MOST_WAITING));
        options.refuseOthers();
        return read;
    }

    /** For the admin console. */
    Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("wait-ms", String.valueOf(patience.toMillis()));
        shown.put("waiting-at-once", String.valueOf(waitingAtOnce));
        shown.put("waiting-at-once-per-realm", String.valueOf(waitingAtOncePerRealm));
        return shown;
    }
}
