package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import dev.vestibule.keycloak.kafka.KafkaSettings;
import dev.vestibule.keycloak.kafka.SigningKeys;
import dev.vestibule.keycloak.options.ProviderOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
        String doorTopic,
        Door withoutPolicy,
        RequestHeaders requestHeaders,
        SigningKeys signingKeys,
        KafkaSettings kafka) {

    private static final String SPI = "events-listener";

    /** Before each option. */
    static final String PREFIX = ProviderOptions.prefix(SPI, KafkaEventListenerFactory.ID);

    /** Whoever has these can act as the person; they have no place in events. */
    private static final Set<String> SECRET_HEADERS = Set.of("authorization", "cookie", "proxy-authorization");

    private static final Map<String, Door> WITHOUT_POLICY =
            Map.of("gate", Door.GATE, "open", Door.OPEN, "closed", Door.REFUSE);

    static final List<ProviderConfigProperty> METADATA = ProviderConfigurationBuilder.create()
            .property().name("bootstrap-servers").type("string").helpText("Kafka brokers, as host:port, host:port").add()
            .property().name("topic").type("string").defaultValue("keycloak.events").helpText("Topic of the events").add()
            .property().name("event-types").type("string").defaultValue("REGISTER,VERIFY_EMAIL,DELETE_ACCOUNT")
                    .helpText("Types of user events that are published").add()
            .property().name("queue-size").type("int").defaultValue("10000")
                    .helpText("How many events may wait for Kafka; further ones are logged and not sent").add()
            .property().name("close-timeout-ms").type("int").defaultValue("5000")
                    .helpText("How long a shutdown may take to send what still waits").add()
            .property().name("door-topic").type("string").defaultValue("vestibule.door")
                    .helpText("Topic on which the service publishes its door policy").add()
            .property().name("without-policy").type("string").defaultValue("gate")
                    .helpText("What the door does while no policy is there: gate, open or closed").add()
            .property().name("request-headers").type("string").defaultValue("")
                    .helpText("Names of request headers, separated by commas, that rules may compare. A gateway in front of"
                            + " Keycloak must set them, or take them out").add()
            .property().name("signing-key").type("string").secret(true)
                    .helpText("Proves that records come from this Keycloak, and that a door policy comes from the service: at"
                            + " least 32 bytes. Of several, separated by commas or spaces, the first signs, and each"
                            + " verifies").add()
            .property().name("signing-key-file").type("string")
                    .helpText("A file to read the signing key from").add()
            .build();

    private static final Map<String, String> DEFAULTS = METADATA.stream()
            .filter(option -> option.getDefaultValue() != null)
            .collect(Collectors.toMap(ProviderConfigProperty::getName, option -> (String) option.getDefaultValue()));

    static ListenerOptions read(Config.Scope scope) {
        ProviderOptions given = ProviderOptions.of(SPI, KafkaEventListenerFactory.ID, scope);
        String bootstrapServers = given.text("bootstrap-servers", "");
        if (bootstrapServers.isBlank()) {
            throw given.invalid("bootstrap-servers", "is missing; to do without the listener set --" + PREFIX + "enabled=false"
                    + " at build time");
        }
        return new ListenerOptions(
                bootstrapServers,
                topic(given, "topic"),
                eventTypes(given),
                number(given, "queue-size", 1, 10_000_000),
                Duration.ofMillis(number(given, "close-timeout-ms", 0, 600_000)),
                topic(given, "door-topic"),
                withoutPolicy(given),
                requestHeaders(given),
                signingKeys(given),
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
        shown.put("signs records", signingKeys == null ? "no" : "yes");
        shown.put("door-topic", doorTopic);
        shown.put("without-policy", withoutPolicy == Door.REFUSE ? "closed" : withoutPolicy.name().toLowerCase(Locale.ROOT));
        shown.put("request-headers", String.join(",", requestHeaders.names()));
        shown.putAll(kafka.shown());
        return shown;
    }

    /** @return null when there are none: records are not signed, and no door policy is believed. */
    private static SigningKeys signingKeys(ProviderOptions given) {
        String text = given.text("signing-key");
        String file = given.text("signing-key-file");
        if (text == null && file == null) {
            return null;
        }
        if (text != null && file != null) {
            throw given.invalid("signing-key", "is given twice, once as a file");
        }
        String option = file == null ? "signing-key" : "signing-key-file";
        String keys = file == null ? text : given.content(option, file);
        try {
            return SigningKeys.in(keys);
        } catch (IllegalArgumentException invalid) {
            throw given.invalid(option, invalid.getMessage());
        }
    }

    private static Door withoutPolicy(ProviderOptions given) {
        String value = text(given, "without-policy").strip();
        Door door = WITHOUT_POLICY.get(value);
        if (door == null) {
            throw given.invalid("without-policy", "must be gate, open or closed, not '" + value + "'");
        }
        return door;
    }

    private static RequestHeaders requestHeaders(ProviderOptions given) {
        String list = text(given, "request-headers");
        List<String> names = Arrays.stream(list.split(",")).map(String::strip).filter(name -> !name.isEmpty()).toList();
        for (String name : names) {
            if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
                throw given.invalid("request-headers", "names no request header: '" + name + "'");
            }
            if (SECRET_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                throw given.invalid("request-headers", "names a header that holds a secret: '" + name + "'");
            }
        }
        return new RequestHeaders(names);
    }

    private static Set<EventType> eventTypes(ProviderOptions given) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        for (String name : text(given, "event-types").split(",")) {
            types.add(Arrays.stream(EventType.values())
                    .filter(type -> type.name().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> given.invalid("event-types", "names no type of user event: '" + name.strip() + "'")));
        }
        return Collections.unmodifiableSet(types);
    }

    private static String topic(ProviderOptions given, String option) {
        String topic = text(given, option);
        if (!topic.matches("[A-Za-z0-9._-]{1,249}")) {
            throw given.invalid(option, "is no name of a Kafka topic");
        }
        return topic;
    }

    private static int number(ProviderOptions given, String option, int least, int most) {
        return given.number(option, Integer.parseInt(DEFAULTS.get(option)), least, most);
    }

    private static String text(ProviderOptions given, String option) {
        return given.text(option, DEFAULTS.get(option));
    }
}
