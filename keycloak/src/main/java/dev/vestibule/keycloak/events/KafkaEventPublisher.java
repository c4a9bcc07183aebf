package dev.vestibule.keycloak.events;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vestibule.keycloak.door.RefusalError;
import dev.vestibule.keycloak.kafka.KafkaSettings;
import dev.vestibule.keycloak.kafka.SigningKeys;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;
import org.keycloak.events.Event;

/**
 * Sends events to one topic: the key is the user's id, so that one user's events stay in order; the value is Keycloak's own
 * event as JSON.
 *
 * <p>A Kafka producer's {@code send} waits when the broker is away. So one thread of its own sends, in order, from a bounded
 * queue, and the thread that serves a login only puts the event there. An event is given up, and named in the log, when the
 * queue is full, when its delivery timeout is over, or when the server stops first. Refusals of the door are given up as soon
 * as the queue is half full, and only counted.
 */
final class KafkaEventPublisher implements EventPublisher {

    private static final Logger LOG = Logger.getLogger(KafkaEventPublisher.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Version of the record's form, for readers of a topic that others write to as well. */
    private static final List<Header> HEADERS =
            List.of(new RecordHeader("vestibule-envelope", "1".getBytes(StandardCharsets.UTF_8)));

    private final Producer<String, byte[]> producer;
    private final String topic;
    private final SigningKeys signingKeys;
    private final long deliveryTimeoutNanos;
    private final Duration closeTimeout;
    private final int queueSize;
    private final ThreadPoolExecutor sender;
    private final LongAdder sent = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LostRefusals lostRefusals = new LostRefusals(System::nanoTime);

    KafkaEventPublisher(Producer<String, byte[]> producer, ListenerOptions options) {
        this.producer = producer;
        this.topic = options.topic();
        this.signingKeys = options.signingKeys();
        this.deliveryTimeoutNanos = options.kafka().deliveryTimeout().toNanos();
        this.closeTimeout = options.closeTimeout();
        this.queueSize = options.queueSize();
        this.sender = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(queueSize), KafkaEventPublisher::thread);
        sender.execute(this::warmUp);
    }

    static KafkaEventPublisher open(ListenerOptions options) {
        try {
            Map<String, Object> settings = options.kafka().forProducer(options.bootstrapServers());
            return KafkaSettings.inOwnClassLoader(() -> new KafkaEventPublisher(
                    new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer()), options));
        } catch (KafkaException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new IllegalArgumentException(
                    "Kafka refuses the settings under --" + ListenerOptions.PREFIX + "*: " + cause.getMessage(), refused);
        }
    }

    @Override
    public void publish(Event event) {
        if (RefusalError.isIn(event) && isHalfFull()) {
            lostRefusals.add("many events wait for Kafka, and registrations go first");
            return;
        }
        Sending sending = new Sending(event, System.nanoTime() + deliveryTimeoutNanos);
        try {
            sender.execute(sending);
        } catch (RejectedExecutionException full) {
            sending.giveUp(sender.isShutdown() ? "the server stops" : "too many events wait for Kafka");
        }
    }

    /** Refusals cost nobody an account, and anybody can cause as many as they like: half of the queue is not for them. */
    private boolean isHalfFull() {
        return sender.getQueue().size() >= (queueSize + 1) / 2;
    }

    @Override
    public Map<String, String> state() {
        Map<String, String> state = new LinkedHashMap<>();
        state.put("events sent", String.valueOf(sent.sum()));
        state.put("events waiting", String.valueOf(sender.getQueue().size()));
        state.put("events not sent", String.valueOf(lost.sum()));
        state.put("refusals not sent", String.valueOf(lostRefusals.sum()));
        return state;
    }

    @Override
    public void close() {
        long deadline = System.nanoTime() + closeTimeout.toNanos();
        sender.shutdown();
        try {
            sender.awaitTermination(closeTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        for (Runnable waiting : sender.shutdownNow()) {
            if (waiting instanceof Sending sending) {
                sending.giveUp("the server stops");
            }
        }
        // Waits for what Kafka has not confirmed yet; the rest fails, and each failure is logged.
        producer.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        lostRefusals.close();
    }

    /** Finds the topic's brokers before the first event needs them. */
    private void warmUp() {
        try {
            producer.partitionsFor(topic);
        } catch (InterruptException stopping) {
            // nothing was to be sent
        } catch (KafkaException away) {
            LOG.warnf("Kafka cannot be reached yet, events will wait: %s", away.getMessage());
        }
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "vestibule-events");
        thread.setDaemon(true);
        return thread;
    }

    /** One event on its way. */
    private final class Sending implements Runnable {

        private final Event event;
        private final long deadline;

        Sending(Event event, long deadline) {
            this.event = event;
            this.deadline = deadline;
        }

        @Override
        public void run() {
            try {
                awaitTopic();
                byte[] value = JSON.writeValueAsBytes(event);
                producer.send(new ProducerRecord<>(topic, null, event.getUserId(), value, headers(value)), (metadata, failure) -> {
                    if (failure == null) {
                        sent.increment();
                    } else {
                        giveUp(failure.toString());
                    }
                });
            } catch (InterruptException interrupted) {
                giveUp("the server stops");
            } catch (Exception failure) { // whatever it is: no event is lost without a word
                giveUp(failure.toString());
            }
        }

        private List<Header> headers(byte[] value) {
            return signingKeys == null ? HEADERS : List.of(
                    HEADERS.get(0),
                    new RecordHeader(
                            SigningKeys.HEADER, signingKeys.sign(SigningKeys.EVENT, topic, event.getUserId(), value)));
        }

        /** A record that is sent while the broker is away fails at once; asked like this, it can wait for its deadline. */
        private void awaitTopic() {
            TimeoutException away = new TimeoutException("waited too long for Kafka");
            while (System.nanoTime() - deadline < 0) {
                try {
                    producer.partitionsFor(topic);
                    return;
                } catch (TimeoutException notYet) {
                    away = notYet;
                }
            }
            throw away;
        }

        void giveUp(String reason) {
            if (RefusalError.isIn(event)) {
                lostRefusals.add(reason);
                return;
            }
            lost.increment();
            LOG.warnf(
                    "Event not sent to Kafka: id=%s type=%s realm=%s client=%s user=%s: %s",
                    event.getId(), event.getType(), plain(event.getRealmName()), plain(event.getClientId()),
                    plain(event.getUserId()), reason);
        }

        /** A client's id can come from the browser: it must not write log lines of its own. */
        private static String plain(String text) {
            return text == null ? null : text.replaceAll("\\p{Cntrl}", "?");
        }
    }
}
