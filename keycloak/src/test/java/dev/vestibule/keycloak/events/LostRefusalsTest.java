package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.LogCapture;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The refusals that are not sent")
class LostRefusalsTest {

    private final LogCapture log = new LogCapture(LostRefusals.class);
    private long now = Long.MAX_VALUE; // a clock that overflows
    private final LostRefusals lost = new LostRefusals(() -> now);

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    @DisplayName("are counted, and named in the log at once, then once a minute")
    void onceAMinute() {
        for (int i = 0; i < 4; i++) {
            lost.add("Kafka is away");
        }
        now += Duration.ofMinutes(1).toNanos() - 1;
        lost.add("Kafka is away");
        assertEquals(List.of("WARN Refusals of the door not sent to Kafka: 1: Kafka is away"), log.lines());

        now += 1;
        lost.add("Kafka is slow");
        assertEquals("WARN Refusals of the door not sent to Kafka: 5: Kafka is slow", log.lines().get(1));
        assertEquals(6, lost.sum());
    }

    @Test
    @DisplayName("are all named in the log when the server stops")
    void atTheEnd() {
        lost.close();
        assertEquals(List.of(), log.lines());

        lost.add("Kafka is away");
        lost.add("Kafka is away");
        lost.close();
        lost.close();
        assertEquals(
                List.of("WARN Refusals of the door not sent to Kafka: 1: Kafka is away",
                        "WARN Refusals of the door not sent to Kafka: 1: Kafka is away"),
                log.lines());
    }
}
