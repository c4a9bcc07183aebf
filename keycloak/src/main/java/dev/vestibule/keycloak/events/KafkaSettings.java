package dev.vestibule.keycloak.events;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * The producer's own settings. {@code kafka-security-protocol} sets {@code security.protocol}, and so on for every setting
 * of the producer; {@code kafka-ssl-key-password-file} reads {@code ssl.key.password} from a file.
 */
final class KafkaSettings {

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

    /** @param options what is left of the given options, by their short names; nothing else may be among them. */
    static KafkaSettings read(Map<String, String> options) {
        Map<String, String> settings = new TreeMap<>();
        options.forEach((option, value) -> {
            String name = settingOf(option);
            if (settings.put(name, option.endsWith(FROM_FILE) && !isSetting(option) ? contentOf(option, value) : value) != null) {
                throw new InvalidOption(option, "is given twice, once as a file");
            }
            check(option, name, settings);
        });
        return new KafkaSettings(settings);
    }

    /** All settings of the producer, its defaults for lowest latency first. */
    Map<String, Object> forProducer(String bootstrapServers) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.CLIENT_ID_CONFIG, "vestibule-keycloak");
        all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        // The way to the broker stays open and known through a quiet night: the first registration of the day is as fast.
        all.put(ProducerConfig.CONNECTIONS_MAX_IDLE_MS_CONFIG, -1L);
        all.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(30).toMillis());
        // Names that cannot be resolved yet do not keep Keycloak from starting.
        all.put("bootstrap.resolve.timeout.ms", Duration.ofDays(3650).toMillis());
        all.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        settings.forEach((name, value) -> all.put(name, value.replace(USUAL_PACKAGE, PACKAGE_HERE)));
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
        return all;
    }

    /** From when an event happened in this server to when it is given up. */
    Duration deliveryTimeout() {
        String name = ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG;
        Object value = settings.getOrDefault(name, String.valueOf(KNOWN.get(name).defaultValue));
        return Duration.ofMillis(Long.parseLong(String.valueOf(value).strip()));
    }

    Map<String, String> shown() {
        Map<String, String> shown = new TreeMap<>();
        settings.forEach((name, value) -> shown.put(PREFIX + name.replace('.', '-'), isSecret(name) ? "(hidden)" : value));
        return shown;
    }

    private static boolean isSecret(String name) {
        // Beside those that Kafka marks: passwords may hide in an address, as "user:password@".
        return KNOWN.get(name).type == ConfigDef.Type.PASSWORD
                || name.equals(SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
    }

    private static String settingOf(String option) {
        if (!option.startsWith(PREFIX)) {
            throw new InvalidOption(option, "is unknown");
        }
        String name = name(isSetting(option) || !option.endsWith(FROM_FILE)
                ? option
                : option.substring(0, option.length() - FROM_FILE.length()));
        if (!KNOWN.containsKey(name)) {
            throw new InvalidOption(option, "is unknown: a Kafka producer has no setting " + name);
        }
        if (RESERVED.contains(name)) {
            throw new InvalidOption(option, "cannot be changed: the listener sets " + name + " itself");
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

    static String contentOf(String option, String file) {
        try {
            return Files.readString(Path.of(file)).stripTrailing();
        } catch (IOException | InvalidPathException unreadable) {
            throw new InvalidOption(option, "cannot be read: " + unreadable);
        }
    }

    private static void check(String option, String name, Map<String, String> settings) {
        String value = settings.get(name);
        if (name.equals(ProducerConfig.COMPRESSION_TYPE_CONFIG) && !Set.of("none", "gzip").contains(value)) {
            throw new InvalidOption(option, "must be none or gzip: the other codecs are not part of this provider");
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
            throw new InvalidOption(option, isSecret(name) ? "is invalid" : "is invalid: " + invalid.getMessage());
        }
    }
}
