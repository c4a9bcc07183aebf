package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.kafka.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Looks for the topic with an administrative client: a consumer logs a warning each second while a topic is missing, and does
 * not say when a topic was made anew. Both clients need no more than the right to read the topic.
 */
final class KafkaDoorTopic implements DoorTopic {

    private static final int PATIENCE_MS = 10_000;

    private final String name;
    private final Map<String, Object> forConsumer;
    private final Admin admin;

    KafkaDoorTopic(String name, String bootstrapServers, KafkaSettings kafka) {
        this.name = name;
        this.forConsumer = kafka.forConsumer(bootstrapServers);
        this.admin = Admin.create(kafka.forAdmin(bootstrapServers));
    }

    @Override
    public CompletableFuture<Uuid> id() {
        return admin.describeTopics(List.of(name), new DescribeTopicsOptions().timeoutMs(PATIENCE_MS))
                .topicNameValues().get(name).toCompletionStage()
                .thenApply(TopicDescription::topicId)
                .exceptionally(KafkaDoorTopic::nullIfMissing)
                .toCompletableFuture();
    }

    @Override
    public Consumer<String, byte[]> read(long offset) {
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(forConsumer, new StringDeserializer(), new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(name, 0);
        consumer.assign(List.of(partition));
        consumer.seek(partition, offset);
        return consumer;
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }

    private static Uuid nullIfMissing(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof UnknownTopicOrPartitionException) {
            return null;
        }
        throw new CompletionException(cause);
    }
}
