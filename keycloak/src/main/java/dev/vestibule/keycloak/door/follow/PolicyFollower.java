package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.kafka.KafkaSettings;
import dev.vestibule.keycloak.kafka.SigningKeys;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Keeps in force what the service published last. A thread of its own reads the topic, from the beginning, while the server
 * runs. Keycloak starts without Kafka, and while Kafka is away the last policy stays in force. Policies that stood in the topic
 * are put in force only when all of it is read: until then they may be out of date.
 */
public final class PolicyFollower implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PolicyFollower.class);

    private static final String FOLLOWED = "followed";
    private static final String MISSING = "missing";

    private final String name;
    private final TopicPartition partition;
    private final Supplier<DoorTopic> open;
    private final PolicyReceiver receiver;
    private final Patience patience;
    private final Thread thread = new Thread(this::run, "vestibule-door");
    private volatile String state = "not read yet";
    private volatile boolean stopped;

    /** The topic that {@link #next} is an offset of; null before the first. */
    private Uuid known;

    private long next;

    /** Where the topic ended when it was first read: what stands before that may be out of date. */
    private long end;

    /** Looks for the topic that failed in a row. */
    private int failures;

    /**
     * @param missing between two looks for a topic that is not there
     * @param followed between two looks whether the topic is still the same
     * @param failed before another try
     * @param failures how many looks may fail in a row, before new clients look
     */
    record Patience(Duration missing, Duration followed, Duration failed, int failures) {}

    PolicyFollower(String name, Supplier<DoorTopic> open, PolicyReceiver receiver, Patience patience) {
        this.name = name;
        this.partition = new TopicPartition(name, 0);
        this.open = open;
        this.receiver = receiver;
        this.patience = patience;
        thread.setDaemon(true);
        // Kafka looks up its classes, and JAAS its login modules, through the context class loader.
        thread.setContextClassLoader(PolicyFollower.class.getClassLoader());
    }

    /** Returns at once. */
    public static PolicyFollower start(
            String topic, String bootstrapServers, KafkaSettings kafka, SigningKeys signingKeys, DoorPolicies policies) {
        PolicyFollower follower = new PolicyFollower(
                topic,
                () -> new KafkaDoorTopic(topic, bootstrapServers, kafka),
                new PolicyReceiver(signingKeys, policies),
                new Patience(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(5), 10));
        follower.start();
        return follower;
    }

    void start() {
        thread.start();
    }

    /** Figures for the admin console. */
    public Map<String, String> state() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("door policy topic", state);
        all.putAll(receiver.state());
        return all;
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }

    /** Goes on after whatever happens, errors of the virtual machine too: an old policy must not stay in force for ever. */
    private void run() {
        Throwable failure = null;
        while (!stopped) {
            try {
                if (failure != null) {
                    enter(describe(failure)); // in here, too, memory may be short
                    failure = null;
                    pause(patience.failed);
                } else {
                    openAndFollow();
                }
            } catch (InterruptedException | InterruptException stopping) {
                stopped = true; // nobody else interrupts this thread
            } catch (Throwable any) {
                failure = any;
            }
        }
    }

    private void openAndFollow() throws InterruptedException {
        try (DoorTopic topic = open.get()) {
            follow(topic);
        }
    }

    private void follow(DoorTopic topic) throws InterruptedException {
        while (!stopped) {
            Uuid id;
            try {
                id = result(topic.id());
            } catch (CompletionException away) {
                putUpWith(away);
                pause(patience.failed);
                continue;
            }
            if (id == null) {
                enter(MISSING);
                pause(patience.missing);
                continue;
            }
            if (!id.equals(known)) {
                known = id;
                next = 0;
            }
            read(topic);
        }
    }

    /** Until the topic is missing, or made anew. While Kafka is away, nobody knows that, and the consumer waits. */
    private void read(DoorTopic topic) throws InterruptedException {
        Consumer<String, byte[]> consumer = topic.read(next);
        try {
            if (next == 0) {
                end = consumer.endOffsets(consumer.assignment()).get(partition);
            }
            enter(FOLLOWED);
            boolean upToDate = false;
            CompletableFuture<Uuid> look = null;
            long looked = System.nanoTime();
            while (!stopped) {
                if (look != null && look.isDone()) {
                    if (!isSame(look)) {
                        return;
                    }
                    look = null;
                    looked = System.nanoTime();
                }
                if (look == null && System.nanoTime() - looked >= patience.followed.toNanos()) {
                    look = topic.id();
                }
                ConsumerRecords<String, byte[]> records = consumer.poll(patience.missing);
                upToDate = upToDate || consumer.position(partition) >= end;
                receive(records, upToDate);
            }
        } finally {
            Thread.interrupted(); // else closing fails
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private void receive(ConsumerRecords<String, byte[]> records, boolean upToDate) {
        for (ConsumerRecord<String, byte[]> record : records) {
            next = record.offset() + 1;
        }
        receiver.receive(records, upToDate);
    }

    private boolean isSame(CompletableFuture<Uuid> look) throws InterruptedException {
        try {
            boolean same = known.equals(result(look));
            if (same) {
                enter(FOLLOWED);
            }
            return same;
        } catch (CompletionException away) {
            putUpWith(away);
            return true;
        }
    }

    /** @throws CompletionException when it is one too many in a row: brokers move, and new clients find them */
    private void putUpWith(CompletionException away) {
        enter(describe(away));
        failures++;
        if (failures >= patience.failures) {
            failures = 0;
            throw away;
        }
    }

    private Uuid result(CompletableFuture<Uuid> look) throws InterruptedException {
        try {
            Uuid id = look.get();
            failures = 0;
            return id;
        } catch (ExecutionException failure) {
            throw new CompletionException(failure.getCause());
        }
    }

    /** Without what differs from one try to the next, so that it is logged once. */
    private static String describe(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof TimeoutException
                ? "Kafka cannot be reached"
                : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    private void enter(String now) {
        if (now.equals(state)) {
            return;
        }
        state = now;
        switch (now) {
            case FOLLOWED -> LOG.infof("The topic of the door policy is followed: %s", name);
            case MISSING -> LOG.warnf("The topic of the door policy does not exist yet: %s; the service makes it", name);
            default -> LOG.warnf("The topic of the door policy cannot be read: %s: %s", name, now);
        }
    }

    private void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException stopping) {
            stopped = true;
        }
    }
}
