package dev.vestibule.keycloak.gate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * By when it is decided about a held person, which the page tells. Keycloak's Admin API keeps only required actions that it
 * has a provider of, so no mark can hold a time. The marks of Vestibule add up to the time since the account was made:
 * {@code vestibule-until-8} and {@code vestibule-until-2} are 10 hours, and with {@code vestibule-until-days} 10 days. They
 * hold nobody. Without them, as after an earlier Vestibule, the page does not say by when.
 */
final class GateUntil {

    private static final String MARK = "vestibule-until-";

    static final String DAYS = MARK + "days";

    /** The numbers that add up: 1, 2, 4 and so on, to 63 hours or days together. */
    static final int NUMBERS = 6;

    private GateUntil() {}

    /** @param power of two */
    static String mark(int power) {
        return MARK + (1 << power);
    }

    /** @param created when the account was made, in ms since 1970; null where Keycloak does not know */
    static Optional<Instant> in(Set<String> actions, Long created) {
        long number = IntStream.range(0, NUMBERS)
                .filter(power -> actions.contains(mark(power)))
                .mapToLong(power -> 1L << power)
                .sum();
        if (number == 0 || created == null) {
            return Optional.empty();
        }
        Duration span = actions.contains(DAYS) ? Duration.ofDays(number) : Duration.ofHours(number);
        return Optional.of(Instant.ofEpochMilli(created).plus(span));
    }
}
