package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.kafka.KafkaSettings;
import dev.vestibule.keycloak.kafka.SigningKeys;
import dev.vestibule.keycloak.options.InvalidOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.events.EventType;

@DisplayName("The listener's options")
class ListenerOptionsTest {

    private static final String NAME = "--spi-events-listener--vestibule--";

    @Test
    @DisplayName("need no more than the brokers")
    void defaults() {
        ListenerOptions options = Options.given().read();

        assertEquals("keycloak.events", options.topic());
        assertEquals(Set.of(EventType.REGISTER, EventType.VERIFY_EMAIL, EventType.DELETE_ACCOUNT), options.eventTypes());
        assertEquals("vestibule.door", options.doorTopic());
        assertEquals(Door.GATE, options.withoutPolicy());
        assertEquals(List.of(), options.requestHeaders().names());
        assertEquals(10_000, options.queueSize());
        assertEquals(Duration.ofSeconds(5), options.closeTimeout());
        assertEquals(Duration.ofMinutes(2), options.kafka().deliveryTimeout());
    }

    @Test
    @DisplayName("are refused without brokers")
    void noBrokers() {
        assertEquals(NAME + "bootstrap-servers is missing; to do without the listener set " + NAME + "enabled=false at build time",
                problem(Options.none()));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', value = {
        "topik                   | x         | is unknown",
        "topic                   | a topic   | is no name of a Kafka topic",
        "event-types             | REGISTRE  | names no type of user event: 'REGISTRE'",
        "door-topic              | a topic   | is no name of a Kafka topic",
        "without-policy          | refuse    | must be gate, open or closed, not 'refuse'",
        "request-headers         | x-a, y z  | names no request header: 'y z'",
        "request-headers         | Cookie    | names a header that holds a secret: 'Cookie'",
        "queue-size              | many      | must be a whole number from 1 to 10000000, not 'many'",
        "queue-size              | 0         | must be a whole number from 1 to 10000000, not '0'",
        "kafka-security-protokol | SSL       | is unknown: a Kafka producer has no setting security.protokol",
        "kafka-acks              | 0         | cannot be changed: the listener sets acks itself",
        "kafka-compression-type  | zstd      | must be none or gzip: the other codecs are not part of this provider",
        "kafka-ssl-key-password-file | /nowhere/key | cannot be read: java.nio.file.NoSuchFileException: /nowhere/key",
    })
    @DisplayName("that are wrong are named in full, with what is wrong")
    void refused(String option, String value, String problem) {
        assertEquals(NAME + option + " " + problem, problem(Options.given(option, value)));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"kafka-security-protocol, TSL", "kafka-linger-ms, soon", "kafka-delivery-timeout-ms, -1"})
    @DisplayName("that Kafka would refuse are refused at start")
    void refusedByKafka(String option, String value) {
        String problem = problem(Options.given(option, value));
        assertEquals(NAME + option + " is invalid: Invalid value ", problem.substring(0, problem.indexOf(value)));
    }

    @Test
    @DisplayName("reach the producer, but for what the guarantees rest on")
    void passThrough() {
        Map<String, Object> producer = Options.given("kafka-security-protocol", "SASL_SSL", "kafka-linger-ms", "5")
                .read().kafka().forProducer("b:9092");

        assertEquals("SASL_SSL", producer.get("security.protocol"));
        assertEquals("5", producer.get("linger.ms"));
        assertEquals("all", producer.get("acks"));
        assertEquals(true, producer.get("enable.idempotence"));
        assertEquals("b:9092", producer.get("bootstrap.servers"));
    }

    @Test
    @DisplayName("of the way to Kafka reach the consumer of the door policy too, and no other ones do")
    void sharedWithTheConsumer() {
        KafkaSettings kafka = Options.given(
                        "kafka-security-protocol", "SASL_SSL",
                        "kafka-sasl-login-class", "org.apache.kafka.common.security.authenticator.DefaultLogin",
                        "kafka-linger-ms", "5",
                        "kafka-retries", "3",
                        "kafka-interceptor-classes", "com.example.OfTheProducer")
                .read().kafka();

        for (Map<String, Object> settings : List.of(kafka.forConsumer("b:9092"), kafka.forAdmin("b:9092"))) {
            assertEquals("SASL_SSL", settings.get("security.protocol"));
            assertEquals("org.apache.kafka.common.security.authenticator.DefaultLogin", settings.get("sasl.login.class"));
            assertEquals("b:9092", settings.get("bootstrap.servers"));
            assertEquals(Set.of(), retain(settings, "linger.ms", "retries", "interceptor.classes", "acks", "group.id"));
        }
        assertEquals(false, kafka.forConsumer("b:9092").get("allow.auto.create.topics"));
    }

    private static Set<String> retain(Map<String, Object> settings, String... names) {
        Set<String> found = new HashSet<>(settings.keySet());
        found.retainAll(Set.of(names));
        return found;
    }

    @Test
    @DisplayName("name request headers in any letter case")
    void requestHeaders() {
        assertEquals(
                List.of("x-partner-id", "x-zone"),
                Options.given("request-headers", "X-Zone, x-partner-id,,X-PARTNER-ID").read().requestHeaders().names());
    }

    @Test
    @DisplayName("may come from files, also where Kafka's own setting is called a file")
    void files(@TempDir Path dir) throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "s3cret\n");
        Map<String, Object> producer = Options.given(
                        "kafka-ssl-truststore-password-file", secret.toString(),
                        "kafka-sasl-oauthbearer-assertion-file", "/keys/assertion")
                .read().kafka().forProducer("b:9092");

        assertEquals("s3cret", producer.get("ssl.truststore.password"));
        assertEquals("/keys/assertion", producer.get("sasl.oauthbearer.assertion.file"));
    }

    @Test
    @DisplayName("are shown without secrets")
    void shown(@TempDir Path dir) throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "s3cret");
        Map<String, String> shown = Options.given(
                        "kafka-security-protocol", "SASL_SSL",
                        "kafka-ssl-keystore-password", "s3cret",
                        "kafka-sasl-jaas-config-file", secret.toString())
                .read().shown();

        assertEquals("SASL_SSL", shown.get("kafka-security-protocol"));
        assertEquals("(hidden)", shown.get("kafka-ssl-keystore-password"));
        assertEquals("(hidden)", shown.get("kafka-sasl-jaas-config"));
        assertFalse(shown.toString().contains("s3cret"));
    }

    @Test
    @DisplayName("refuse a signing key that can be guessed, or is given twice")
    void signingKey(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("key"), "0123456789abcdef0123456789abcdef\n");
        assertEquals("yes", Options.given("signing-key-file", file.toString()).read().shown().get("signs records"));
        assertEquals("no", Options.given().read().shown().get("signs records"));
        assertEquals(
                NAME + "signing-key must hold a key of at least 32 bytes, without commas and spaces; make one with:"
                        + " openssl rand -base64 32",
                problem(Options.given("signing-key", "s3cret")));
        assertEquals(
                NAME + "signing-key is given twice, once as a file",
                problem(Options.given("signing-key", "s3cret", "signing-key-file", file.toString())));
    }

    @Test
    @DisplayName("sign with the first key where a file holds several, newest first, and believe each")
    void severalSigningKeys(@TempDir Path dir) throws IOException {
        String key = "0123456789abcdef0123456789abcdef";
        String older = "fedcba9876543210fedcba9876543210";
        Path file = Files.writeString(dir.resolve("keys"), key + ",\n" + older + "\n");
        byte[] value = {1};
        SigningKeys keys = Options.given("signing-key-file", file.toString()).read().signingKeys();

        assertArrayEquals(SigningKeys.in(key).sign("p", "t", "u", value), keys.sign("p", "t", "u", value));
        assertTrue(keys.verify(SigningKeys.in(older).sign("p", "t", "u", value), "p", "t", "u", value));
    }

    @Test
    @DisplayName("are not quoted in a problem where they are secret")
    void secretsInProblems() {
        assertFalse(problem(Options.given("kafka-ssl-key-password", "s3cret", "kafka-ssl-key-password-file", "/s3cret"))
                .contains("s3cret "));
    }

    private static String problem(Options options) {
        return assertThrows(InvalidOption.class, options::read).getMessage();
    }
}
