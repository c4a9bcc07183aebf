package dev.vestibule.keycloak.kafka;

import dev.vestibule.keycloak.options.ProviderOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * Settings of Kafka's clients, as the operator gives them for the producer. {@code kafka-security-protocol} sets {@code security.protocol}, and so on for every setting
 * of the producer; {@code kafka-ssl-key-password-file} reads {@code ssl.key.password} from a file.
 */
public final class KafkaSettings {

    private static final String PREFIX = "kafka-";
    private static final String FROM_FILE = "-file";

    /** How long the sending thread waits in one go; between two waits it looks at the deadline. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Map<String, ConfigDef.ConfigKey> KNOWN = ProducerConfig.configDef().configKeys();

    /** What the listener's guarantees rest on, or what it sets itself. */
    private static final Set<String> RESERVED = Set.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            ProducerConfig.ACKS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.TRANSACTION_TWO_PHASE_COMMIT_ENABLE_CONFIG,
            ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);

    /** This jar holds Kafka's classes under another name. Split in two, so that the build does not rename it as well. */
    private static final String USUAL_PACKAGE = String.join(".", "org", "apache", "kafka.");
    private static final String PACKAGE_HERE = ProducerConfig.class.getName().replace("clients.producer.ProducerConfig", "");

    private final Map<String, String> settings;

    private KafkaSettings(Map<String, String> settings) {
        this.settings = settings;
    }

    /** @param options of which all others were read; nothing but Kafka's settings may be left */
    public static KafkaSettings read(ProviderOptions options) {
        Map<String, String> settings = new TreeMap<>();
        options.others().forEach((option, given) -> {
            String name = settingOf(option, options);
            String value = option.endsWith(FROM_FILE) && !isSetting(option) ? options.content(option, given) : given;
            if (settings.put(name, value) != null) {
                throw options.invalid(option, "is given twice, once as a file");
            }
            check(option, name, value, options);
        });
        return new KafkaSettings(settings);
    }

    /** All settings of the producer, its defaults for lowest latency first. */
    public Map<String, Object> forProducer(String bootstrapServers) {
        Map<String, Object> all = connection("vestibule-keycloak");
        all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        all.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(30).toMillis());
        all.putAll(given(KNOWN.keySet()));
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
        return all;
    }

    /** Settings of a consumer without a group, which reaches Kafka in the same way as the producer. */
    public Map<String, Object> forConsumer(String bootstrapServers) {
        Map<String, Object> all = reader(bootstrapServers, ConsumerConfig.configNames());
        all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return all;
    }

    /** Settings of an administrative client, which reaches Kafka in the same way as the producer. */
    public Map<String, Object> forAdmin(String bootstrapServers) {
        return reader(bootstrapServers, AdminClientConfig.configNames());
    }

    /** @param names the settings that the client knows */
    private Map<String, Object> reader(String bootstrapServers, Set<String> names) {
        Map<String, Object> all = connection("vestibule-keycloak-door");
        // The other strategy makes the administrative client of Kafka 4.4 log hundreds of lines a second while no broker
        // answers. The follower makes new clients instead, from time to time.
        all.put(AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG, MetadataRecoveryStrategy.NONE.name);
        given(names).forEach(all::put);
        // These mean the producer, under a name that others use as well.
        all.remove(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG);
        all.remove(ProducerConfig.RETRIES_CONFIG);
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        return all;
    }

    /** Defaults of every client. */
    private static Map<String, Object> connection(String clientId) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
        // The way to the broker stays open and known through a quiet night: the first registration of the day is as fast.
        all.put(ProducerConfig.CONNECTIONS_MAX_IDLE_MS_CONFIG, -1L);
        // Names that cannot be resolved yet do not keep Keycloak from starting.
        all.put("bootstrap.resolve.timeout.ms", Duration.ofDays(3650).toMillis());
        all.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        return all;
    }

    /** What the operator gave, as far as a client knows it. */
    private Map<String, String> given(Set<String> names) {
        Map<String, String> given = new TreeMap<>();
        settings.forEach((name, value) -> {
            if (names.contains(name)) {
                given.put(name, value.replace(USUAL_PACKAGE, PACKAGE_HERE));
            }
        });
        return given;
    }

    /**
     * Makes a client where Kafka finds its classes, and JAAS its login modules: they look through the context class loader,
     * and the client's threads inherit it. Keycloak may call from a thread whose loader does not know this jar.
     */
    public static <T> T inOwnClassLoader(Supplier<T> make) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(KafkaSettings.class.getClassLoader());
        try {
            return make.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** From when an event happened in this server to when it is given up. */
    public Duration deliveryTimeout() {
        String name = ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG;
        Object value = settings.getOrDefault(name, String.valueOf(KNOWN.get(name).defaultValue));
        return Duration.ofMillis(Long.parseLong(String.valueOf(value).strip()));
    }

    public Map<String, String> shown() {
        Map<String, String> shown = new TreeMap<>();
        settings.forEach((name, value) -> shown.put(PREFIX + name.replace('.', '-'), isSecret(name) ? "(hidden)" : value));
        return shown;
    }

    private static boolean isSecret(String name) {
        // Beside those that Kafka marks: passwords may hide in an address, as "user:password@".
        return KNOWN.get(name).type == ConfigDef.Type.PASSWORD
                || name.equals(SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
    }

    private static String settingOf(String option, ProviderOptions options) {
        if (!option.startsWith(PREFIX)) {
            throw options.invalid(option, "is unknown");
        }
        String name = name(isSetting(option) || !option.endsWith(FROM_FILE)
                ? option
                : option.substring(0, option.length() - FROM_FILE.length()));
        if (!KNOWN.containsKey(name)) {
            throw options.invalid(option, "is unknown: a Kafka producer has no setting " + name);
        }
        if (RESERVED.contains(name)) {
            throw options.invalid(option, "cannot be changed: the listener sets " + name + " itself");
        }
        return name;
    }

    /** Some settings end in "file" themselves. */
    private static boolean isSetting(String option) {
        return KNOWN.containsKey(name(option));
    }

    private static String name(String option) {
        return option.substring(PREFIX.length()).replace('-', '.');
    }

    private static void check(String option, String name, String value, ProviderOptions options) {
        if (name.equals(ProducerConfig.COMPRESSION_TYPE_CONFIG) && !Set.of("none", "gzip").contains(value)) {
            throw options.invalid(option, "must be none or gzip: the other codecs are not part of this provider");
        }
        try {
            ConfigDef.ConfigKey key = KNOWN.get(name);
            if (key.type == ConfigDef.Type.CLASS) {
                return; // known only to the class loader that the producer is made with
            }
            Object parsed = ConfigDef.parseType(name, value, key.type);
            if (key.validator != null) {
                key.validator.ensureValid(name, parsed);
            }
        } catch (ConfigException invalid) {
            // Kafka's message quotes the value.
            throw options.invalid(option, isSecret(name) ? "is invalid" : "is invalid: " + invalid.getMessage());
        }
    }
}
