package dev.vestibule.keycloak.events;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Counts the door's refusals that are not sent, and logs their number once a minute. Anybody can be refused as often as they
 * like without an account: a line for each would let them fill the log.
 */
final class LostRefusals {

    private static final Logger LOG = Logger.getLogger(LostRefusals.class);
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    private String reason;
    private long sum;
    private long logged;
    private long loggedAt;

    LostRefusals(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    synchronized void add(String why) {
        sum++;
        reason = why;
        if (logged == 0 || nanoTime.getAsLong() - loggedAt >= MINUTE) {
            log();
        }
    }

    /** Since the start. */
    synchronized long sum() {
        return sum;
    }

    /** Logs those of the last minute. */
    synchronized void close() {
        if (sum > logged) {
            log();
        }
    }

    private void log() {
        LOG.warnf("Refusals of the door not sent to Kafka: %d: %s", sum - logged, reason);
        logged = sum;
        loggedAt = nanoTime.getAsLong();
    }
}
