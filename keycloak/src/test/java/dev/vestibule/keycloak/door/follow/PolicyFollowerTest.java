package dev.vestibule.keycloak.door.follow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vestibule.keycloak.LogCapture;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The follower of the door policy")
@Timeout(20)
class PolicyFollowerTest {

    private static final Duration SHORT = Duration.ofMillis(1);

    private final Broker broker = new Broker();
    private final DoorPolicies policies = new DoorPolicies(Door.GATE, new RequestHeaders(List.of()));
    private final LogCapture log = new LogCapture(PolicyFollower.class);
    private PolicyFollower follower = follower(Integer.MAX_VALUE);

    @AfterEach
    void stop() {
        follower.close();
        log.close();
    }

    @Test
    @DisplayName("puts in force what stands in the topic, and what comes later")
    void follows() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.write(Records.policy("v2", 2));
        await(() -> version().equals("v2"));
        assertEquals("followed", state());
    }

    @Test
    @DisplayName("puts nothing in force before it has read what stood in the topic, also where Kafka breaks meanwhile")
    void history() {
        broker.topic(Records.policy("v1", 1), Records.policy("v2", 2), Records.policy("v3", 3));
        broker.oneRecordAPoll = true;
        broker.breaksAfterOnePoll = true;
        try (LogCapture taken = new LogCapture(PolicyReceiver.class)) {
            follower.start();
            await(() -> state().equals("Kafka cannot be reached"));
            assertEquals("none", version());

            broker.away = null;
            await(() -> version().equals("v3") && !taken.lines().isEmpty()); // the line comes a moment later
            assertEquals(1, taken.lines().size(), taken.lines()::toString);
        }
    }

    @Test
    @DisplayName("keeps the policy in force while it reads a topic that was made anew, up to its end")
    void historyMadeAnew() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.oneRecordAPoll = true;
        broker.breaksAfterOnePoll = true;
        broker.topic(Records.policy("v2", 2), Records.policy("v3", 3));
        await(() -> state().equals("Kafka cannot be reached"));
        assertEquals("v1", version());

        broker.away = null;
        await(() -> version().equals("v3"));
    }

    @Test
    @DisplayName("waits for a topic that is not there yet, and says so once")
    void missing() {
        follower.start();
        await(() -> broker.looks > 5);
        assertEquals("missing", state());

        broker.topic(Records.policy("v1", 1));
        await(() -> version().equals("v1"));
        assertEquals(
                List.of("WARN The topic of the door policy does not exist yet: vestibule.door; the service makes it",
                        "INFO The topic of the door policy is followed: vestibule.door"),
                log.lines());
    }

    @Test
    @DisplayName("waits for a Kafka that is away at the start, and says so once")
    void awayAtStart() {
        broker.away = new TimeoutException("Call(deadlineMs=1795479557788) timed out");
        follower.start();
        await(() -> broker.looks > 5);
        assertEquals("Kafka cannot be reached", state());

        broker.topic(Records.policy("v1", 1)); // before Kafka is back: a look in between would find it missing
        broker.away = null;
        await(() -> version().equals("v1"));
        assertEquals(1, log.lines().stream().filter(line -> line.startsWith("WARN")).count());
    }

    @Test
    @DisplayName("keeps the policy in force while Kafka is away, with the same consumer")
    void awayLater() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.away = new TimeoutException("timed out");
        await(() -> state().equals("Kafka cannot be reached"));
        assertEquals("v1", version());
        broker.write(Records.policy("v2", 2));
        await(() -> version().equals("v2"));

        broker.away = null;
        await(() -> state().equals("followed"));
        assertEquals(1, broker.consumers);
    }

    @Test
    @DisplayName("makes new clients when it could not look for the topic many times: brokers may have moved")
    void newClients() {
        follower = follower(3);
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.away = new TimeoutException("timed out");
        await(() -> broker.closed);
        broker.away = null;
        broker.topic(Records.policy("v2", 2));
        await(() -> version().equals("v2"));
    }

    @Test
    @DisplayName("reads a topic that was made anew from its beginning")
    void madeAnew() {
        broker.topic(Records.policy("v1", 1), Records.policy("v2", 2), Records.policy("v3", 3));
        follower.start();
        await(() -> version().equals("v3"));

        broker.topic(Records.policy("v4", 4));
        await(() -> version().equals("v4"));
    }

    @Test
    @DisplayName("keeps the policy in force when the topic is deleted")
    void deleted() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.delete();
        await(() -> state().equals("missing"));
        assertEquals("v1", version());
    }

    @Test
    @DisplayName("tries again after a failure, and reads on where it was")
    void failure() {
        broker.topic(Records.policy("v1", 1), Records.policy("v2", 2));
        follower.start();
        await(() -> version().equals("v2"));

        broker.failOnce(new TopicAuthorizationException("not yours"));
        await(() -> broker.consumers == 2);
        broker.write(Records.policy("v3", 3));
        await(() -> version().equals("v3"));
        assertEquals("0", follower.state().get("door policy records refused"));
        assertTrue(log.lines().contains("WARN The topic of the door policy cannot be read: vestibule.door:"
                + " TopicAuthorizationException: not yours"));
    }

    @Test
    @DisplayName("survives an error of the virtual machine, says so, and goes on")
    void error() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));

        broker.errorOnce = new OutOfMemoryError("Java heap space");
        await(() -> broker.consumers == 2);
        broker.write(Records.policy("v2", 2));
        await(() -> version().equals("v2"));
        assertTrue(log.lines().contains("WARN The topic of the door policy cannot be read: vestibule.door:"
                + " OutOfMemoryError: Java heap space"), log.lines()::toString);
    }

    @Test
    @DisplayName("tries again when Kafka's clients cannot even be made")
    void refusedSettings() {
        broker.refusals = 3;
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));
        assertEquals(1, log.lines().stream().filter(line -> line.contains("IllegalStateException: no such keystore")).count());
    }

    @Test
    @DisplayName("ends with the server, and leaves nothing open")
    void ends() {
        broker.topic(Records.policy("v1", 1));
        follower.start();
        await(() -> version().equals("v1"));
        assertFalse(broker.consumer.closed());

        follower.close();
        await(() -> broker.consumer.closed() && broker.closed);
    }

    private PolicyFollower follower(int failures) {
        return new PolicyFollower(
                Records.TOPIC,
                broker::open,
                new PolicyReceiver(Records.KEYS, policies),
                new PolicyFollower.Patience(SHORT, SHORT, SHORT, failures));
    }

    private String version() {
        return policies.state().get("door policy version");
    }

    private String state() {
        return follower.state().get("door policy topic");
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertFalse(Thread.currentThread().isInterrupted(), "it did not come about in time");
            Thread.onSpinWait();
        }
    }

    /** Kafka with one topic, by its own stand-in for the consumer. */
    private static final class Broker {

        private static final TopicPartition PARTITION = new TopicPartition(Records.TOPIC, 0);

        private final List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        private Uuid id;
        private volatile KafkaException away;
        private volatile Error errorOnce;
        private volatile int looks;
        private volatile int consumers;
        private volatile int refusals;
        private volatile boolean oneRecordAPoll;
        private volatile boolean breaksAfterOnePoll;
        private volatile boolean closed;
        private volatile MockConsumer<String, byte[]> consumer;

        @SafeVarargs
        @SuppressWarnings("varargs") // the records are only read
        final synchronized void topic(ConsumerRecord<String, byte[]>... all) {
            id = Uuid.randomUuid();
            records.clear();
            for (ConsumerRecord<String, byte[]> record : all) {
                records.add(Records.at(records.size(), record));
            }
        }

        synchronized void delete() {
            id = null;
            records.clear();
        }

        synchronized void write(ConsumerRecord<String, byte[]> record) {
            records.add(Records.at(records.size(), record));
            consumer.addRecord(records.get(records.size() - 1));
        }

        void failOnce(KafkaException failure) {
            consumer.setPollException(failure);
        }

        DoorTopic open() {
            if (refusals > 0) {
                refusals -= 1;
                throw new KafkaException("Failed to construct client", new IllegalStateException("no such keystore"));
            }
            return new DoorTopic() {
                @Override
                public CompletableFuture<Uuid> id() {
                    looks += 1;
                    Error error = errorOnce;
                    if (error != null) {
                        errorOnce = null;
                        throw error;
                    }
                    return away == null ? CompletableFuture.completedFuture(topicId()) : CompletableFuture.failedFuture(away);
                }

                @Override
                public Consumer<String, byte[]> read(long offset) {
                    return consumer(offset);
                }

                @Override
                public void close() {
                    closed = true;
                }
            };
        }

        private synchronized Uuid topicId() {
            return id;
        }

        private synchronized Consumer<String, byte[]> consumer(long offset) {
            consumers += 1;
            consumer = new MockConsumer<>("earliest");
            consumer.assign(List.of(PARTITION));
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            consumer.updateEndOffsets(Map.of(PARTITION, (long) records.size()));
            consumer.seek(PARTITION, offset);
            records.stream().filter(record -> record.offset() >= offset).forEach(consumer::addRecord);
            if (oneRecordAPoll) {
                consumer.setMaxPollRecords(1);
            }
            if (breaksAfterOnePoll) {
                breaksAfterOnePoll = false;
                MockConsumer<String, byte[]> breaking = consumer;
                breaking.schedulePollTask(() -> {});
                breaking.schedulePollTask(() -> {
                    away = new TimeoutException("timed out");
                    breaking.setPollException(away);
                });
            }
            return consumer;
        }
    }
}
