package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vestibule.keycloak.LogCapture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.keycloak.events.Event;

@DisplayName("The publisher")
@Timeout(20)
class KafkaEventPublisherTest {

    private final Broker broker = new Broker();
    private final LogCapture log = new LogCapture(KafkaEventPublisher.class);

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    @DisplayName("sends Keycloak's own event as JSON, keyed by the user")
    void form() throws IOException {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read())) {
            publisher.publish(Events.register("u-1"));
        }

        ProducerRecord<String, byte[]> sent = broker.history().get(0);
        assertEquals("keycloak.events", sent.topic());
        assertEquals("u-1", sent.key());
        assertEquals("1", new String(sent.headers().lastHeader("vestibule-envelope").value(), StandardCharsets.UTF_8));
        ObjectMapper json = new ObjectMapper();
        assertEquals(
                json.readTree("""
                        {"id": "event-of-u-1", "time": 1795479557788, "type": "REGISTER", "realmId": "790fc89a",
                         "realmName": "acme", "clientId": "partner-portal", "userId": "u-1", "sessionId": null,
                         "ipAddress": "127.0.0.1", "error": null,
                         "details": {"register_method": "form", "email": "ann@example.test"}}"""),
                json.readTree(sent.value()));
    }

    @Test
    @DisplayName("signs the record with its topic and key when it has a signing key, and only then")
    void signature() {
        List<String> signatures = signatures(Options.given("signing-key", "0123456789abcdef0123456789abcdef"));
        assertEquals(1, signatures.size());
        assertTrue(signatures.get(0).matches("[0-9a-f]{64}"));
        assertEquals(List.of(), signatures(Options.given()));
    }

    private static List<String> signatures(Options options) {
        Broker broker = new Broker();
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, options.read())) {
            publisher.publish(Events.register("u-1"));
        }
        List<String> found = new ArrayList<>();
        broker.history().get(0).headers().headers("vestibule-signature")
                .forEach(header -> found.add(new String(header.value(), StandardCharsets.UTF_8)));
        return found;
    }

    @Test
    @DisplayName("sends an event of nobody without a key")
    void noUser() {
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read())) {
            publisher.publish(Events.register(null));
        }

        assertNull(broker.history().get(0).key());
    }

    @Test
    @DisplayName("holds nobody up while the broker is stuck, and sends in order when it is back")
    void stuckBroker() {
        broker.stick();
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read())) {
            publisher.publish(Events.register("u-1"));
            publisher.publish(Events.register("u-2"));
            assertEquals(List.of(), broker.history());

            broker.recover();
        }

        assertEquals(List.of("u-1", "u-2"), broker.history().stream().map(ProducerRecord::key).toList());
    }

    @Test
    @DisplayName("asks again while the broker is away")
    void away() {
        broker.failures = 3;
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read())) {
            publisher.publish(Events.register("u-1"));
        }

        assertEquals(1, broker.history().size());
    }

    @Test
    @DisplayName("names what found no place in the queue, without personal data or line breaks of others")
    void fullQueue() {
        broker.stick();
        Event last = Events.register("u-3");
        last.setClientId("x\nforged line");
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given("queue-size", "1").read())) {
            broker.awaitCaller(); // the sending thread is busy, and leaves the queue as it is
            publisher.publish(Events.register("u-1"));
            publisher.publish(last);

            assertEquals(
                    List.of("WARN Event not sent to Kafka: id=event-of-u-3 type=REGISTER realm=acme client=x?forged line"
                            + " user=u-3: too many events wait for Kafka"),
                    log.lines());
            broker.recover();
        }
    }

    @Test
    @DisplayName("leaves half of the queue to registrations: refusals can fill the other half only, and not the log")
    void floodOfRefusals() {
        broker.stick();
        KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given("queue-size", "4").read());
        try (LogCapture refusals = new LogCapture(LostRefusals.class)) {
            broker.awaitCaller(); // the sending thread is busy, and leaves the queue as it is
            for (int i = 0; i < 100; i++) {
                publisher.publish(Events.refusal("refusal-" + i));
            }
            publisher.publish(Events.register("u-1"));
            publisher.publish(Events.register("u-2"));
            assertEquals(1, refusals.lines().size(), refusals.lines()::toString);

            broker.recover();
            publisher.close();
            assertEquals(List.of(), log.lines());
            assertEquals(
                    List.of(
                            "WARN Refusals of the door not sent to Kafka: 1: many events wait for Kafka, and registrations go first",
                            "WARN Refusals of the door not sent to Kafka: 97: many events wait for Kafka, and registrations go first"),
                    refusals.lines());
        }
        assertEquals(
                "{events sent=4, events waiting=0, events not sent=0, refusals not sent=98}", publisher.state().toString());
    }

    @Test
    @DisplayName("counts refusals that are given up later, and writes no line for each")
    void refusalsGivenUp() {
        broker.failures = Integer.MAX_VALUE;
        Options options = Options.given("kafka-delivery-timeout-ms", "1", "kafka-request-timeout-ms", "1");
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, options.read())) {
            publisher.publish(Events.refusal("refusal-1"));
        }

        assertEquals(List.of(), log.lines().stream().filter(line -> line.contains("refusal-1")).toList());
    }

    @Test
    @DisplayName("gives an event up when its delivery timeout is over, and says so")
    void deliveryTimeout() {
        broker.failures = Integer.MAX_VALUE;
        Options options = Options.given("kafka-delivery-timeout-ms", "1");
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, options.read())) {
            publisher.publish(Events.register("u-1"));
        }

        assertEquals(List.of(), broker.history());
        assertTrue(log.lines().get(log.lines().size() - 1).startsWith("WARN Event not sent to Kafka: id=event-of-u-1 "));
    }

    @Test
    @DisplayName("names what could not be sent, whatever the reason")
    void refused() {
        broker.sendException = new UnsupportedOperationException("nobody expected this");
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read())) {
            publisher.publish(Events.register("u-1"));
        }

        assertEquals(1, log.lines().size());
        assertTrue(log.lines().get(0).contains("id=event-of-u-1"));
    }

    @Test
    @DisplayName("sends what still waits when the server stops")
    void shutdown() {
        broker.stick();
        KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read());
        publisher.publish(Events.register("u-1"));
        CompletableFuture<Void> closing = CompletableFuture.runAsync(publisher::close);
        broker.recover();

        closing.join();

        assertEquals(1, broker.history().size());
        assertTrue(broker.closed());
    }

    @Test
    @DisplayName("lets the server stop although the broker is stuck, and names what it could not send")
    void shutdownWhileStuck() {
        broker.stick();
        KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given("close-timeout-ms", "10").read());
        broker.awaitCaller();
        publisher.publish(Events.register("u-1"));

        publisher.close();

        assertTrue(broker.closed());
        assertEquals(
                List.of("WARN Event not sent to Kafka: id=event-of-u-1 type=REGISTER realm=acme client=partner-portal"
                        + " user=u-1: the server stops"),
                log.lines().stream().filter(line -> line.contains("u-1")).toList());
    }

    @Test
    @DisplayName("tells the admin console what became of the events")
    void state() {
        KafkaEventPublisher publisher = new KafkaEventPublisher(broker, Options.given().read());
        publisher.publish(Events.register("u-1"));
        publisher.close();
        publisher.publish(Events.register("u-2"));

        assertEquals("{events sent=1, events waiting=0, events not sent=1, refusals not sent=0}", publisher.state().toString());
    }

    /** Kafka's own stand-in, which can be stuck or away as well. */
    private static final class Broker extends MockProducer<String, byte[]> {

        private volatile CountDownLatch recovered = new CountDownLatch(0);
        private final CountDownLatch called = new CountDownLatch(1);
        private volatile int failures;

        Broker() {
            super(true, null, new StringSerializer(), new ByteArraySerializer());
        }

        void stick() {
            recovered = new CountDownLatch(1);
        }

        void recover() {
            recovered.countDown();
        }

        void awaitCaller() {
            try {
                assertTrue(called.await(10, TimeUnit.SECONDS));
            } catch (InterruptedException interrupted) {
                throw new InterruptException(interrupted);
            }
        }

        @Override
        public List<PartitionInfo> partitionsFor(String topic) {
            called.countDown();
            try {
                recovered.await();
            } catch (InterruptedException interrupted) {
                throw new InterruptException(interrupted);
            }
            if (failures > 0) {
                failures -= 1;
                throw new TimeoutException("no broker");
            }
            return super.partitionsFor(topic);
        }
    }
}
