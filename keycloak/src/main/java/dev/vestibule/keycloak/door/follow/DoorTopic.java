package dev.vestibule.keycloak.door.follow;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.Uuid;

/** The topic on which the service publishes its policies. */
interface DoorTopic extends AutoCloseable {

    /** Kafka's own id of the topic; another one when the topic was made anew, null when there is no such topic. */
    CompletableFuture<Uuid> id();

    /** Reads the topic's one partition, from an offset on. */
    Consumer<String, byte[]> read(long offset);

    @Override
    void close();
}
