package dev.vestibule.keycloak.events;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.keycloak.Config;
import org.keycloak.events.EventType;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;

/**
 * What an operator can set, each as {@code --spi-events-listener--vestibule--<option>}. Wrong options stop Keycloak at
 * start with a message that names them: a registration that nobody hears of is found too late.
 */
record ListenerOptions(
        String bootstrapServers,
        String topic,
        Set<EventType> eventTypes,
        int queueSize,
        Duration closeTimeout,
        EventSigner signer,
        KafkaSettings kafka) {

    static final String PREFIX = "spi-events-listener--" + KafkaEventListenerFactory.ID + "--";

    static final List<ProviderConfigProperty> METADATA = ProviderConfigurationBuilder.create()
            .property().name("bootstrap-servers").type("string").helpText("Kafka brokers, as host:port, host:port").add()
            .property().name("topic").type("string").defaultValue("keycloak.events").helpText("Topic of the events").add()
            .property().name("event-types").type("string").defaultValue("REGISTER,VERIFY_EMAIL,DELETE_ACCOUNT")
                    .helpText("Types of user events that are published").add()
            .property().name("queue-size").type("int").defaultValue("10000")
                    .helpText("How many events may wait for Kafka; further ones are logged and not sent").add()
            .property().name("close-timeout-ms").type("int").defaultValue("5000")
                    .helpText("How long a shutdown may take to send what still waits").add()
            .property().name("signing-key").type("string").secret(true)
                    .helpText("Signs each record, so that its reader knows whom it comes from: at least 32 bytes, and the first"
                            + " where it holds several keys, separated by commas or spaces").add()
            .property().name("signing-key-file").type("string")
                    .helpText("A file to read the signing key from").add()
            .build();

    private static final Map<String, String> DEFAULTS = METADATA.stream()
            .filter(option -> option.getDefaultValue() != null)
            .collect(Collectors.toMap(ProviderConfigProperty::getName, option -> (String) option.getDefaultValue()));

    static ListenerOptions read(Config.Scope scope) {
        Map<String, String> given = given(scope);
        String bootstrapServers = given.remove("bootstrap-servers");
        if (bootstrapServers == null || bootstrapServers.isBlank()) {
            throw new InvalidOption("bootstrap-servers", "is missing; to do without the listener set --" + PREFIX + "enabled=false"
                    + " at build time");
        }
        String topic = text(given, "topic");
        if (!topic.matches("[A-Za-z0-9._-]{1,249}")) {
            throw new InvalidOption("topic", "is no name of a Kafka topic");
        }
        return new ListenerOptions(
                bootstrapServers,
                topic,
                eventTypes(text(given, "event-types")),
                number(given, "queue-size", 1, 10_000_000),
                Duration.ofMillis(number(given, "close-timeout-ms", 0, 600_000)),
                signer(given),
                KafkaSettings.read(given));
    }

    /** Effective settings for the admin console: no secret, and no file's content. */
    Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("bootstrap-servers", bootstrapServers);
        shown.put("topic", topic);
        shown.put("event-types", eventTypes.stream().map(EventType::name).collect(Collectors.joining(",")));
        shown.put("queue-size", String.valueOf(queueSize));
        shown.put("close-timeout-ms", String.valueOf(closeTimeout.toMillis()));
        shown.put("signs records", signer == null ? "no" : "yes");
        shown.putAll(kafka.shown());
        return shown;
    }

    /** Options by their short names. Keycloak lists the full ones, with whatever lies before the provider's own part. */
    @SuppressWarnings("deprecation") // getPropertyNames is the one way to see an option that nobody asks for: a misspelt one
    private static Map<String, String> given(Config.Scope scope) {
        Map<String, String> given = new TreeMap<>();
        for (String property : scope.getPropertyNames()) {
            String option = property.replaceFirst("^.*--", "");
            if (!option.equals("enabled")) { // Keycloak's own, for any provider
                given.put(option, scope.get(option));
            }
        }
        return given;
    }

    /** @return null when records are not to be signed. */
    private static EventSigner signer(Map<String, String> given) {
        String key = given.remove("signing-key");
        String file = given.remove("signing-key-file");
        if (key == null && file == null) {
            return null;
        }
        if (key != null && file != null) {
            throw new InvalidOption("signing-key", "is given twice, once as a file");
        }
        String option = file == null ? "signing-key" : "signing-key-file";
        String text = file == null ? key.strip() : KafkaSettings.contentOf(option, file);
        // The service verifies with each key of such a list. So one file can serve both, also while keys are exchanged.
        String first = text.split("[\\s,]+", 2)[0];
        if (first.getBytes(StandardCharsets.UTF_8).length < EventSigner.LEAST_BYTES) {
            throw new InvalidOption(option, "must hold a key of at least " + EventSigner.LEAST_BYTES
                    + " bytes, without commas and spaces; make one with: openssl rand -base64 32");
        }
        return new EventSigner(first);
    }

    private static Set<EventType> eventTypes(String list) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        for (String name : list.split(",")) {
            types.add(Arrays.stream(EventType.values())
                    .filter(type -> type.name().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new InvalidOption("event-types", "names no type of user event: '" + name.strip() + "'")));
        }
        return Collections.unmodifiableSet(types);
    }

    private static int number(Map<String, String> given, String option, int least, int most) {
        String value = text(given, option);
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // the message below says it
        }
        throw new InvalidOption(option, "must be a whole number from " + least + " to " + most + ", not '" + value + "'");
    }

    private static String text(Map<String, String> given, String option) {
        String value = given.remove(option);
        return value == null ? DEFAULTS.get(option) : value;
    }
}
