package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The service answers each case of this file too: {@code npm run generate} makes it. */
@DisplayName("The door answers as the service does")
class CorpusTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode CORPUS = corpus();

    static Stream<Arguments> cases() {
        return StreamSupport.stream(CORPUS.get("cases").spliterator(), false)
                .map(one -> Arguments.of(one.get("why").asText(), one));
    }

    @ParameterizedTest(name = "{index} {0}")
    @MethodSource("cases")
    @DisplayName("in each case")
    void answer(String why, JsonNode one) {
        JsonNode policy = CORPUS.get("policies").get(one.get("policy").intValue());
        assertEquals(
                expected(one.get("answer"), policy.get("version").textValue()),
                DoorPolicy.parse(policy.toString().getBytes(StandardCharsets.UTF_8)).answer(visitor(one.get("visitor"))),
                () -> one.get("visitor") + " by " + policy);
    }

    @Test
    @DisplayName("in enough cases to mean something")
    void enough() {
        assertTrue(CORPUS.get("cases").size() >= 300);
    }

    private static Visitor visitor(JsonNode json) {
        return new Visitor(
                text(json, "realm"),
                text(json, "client"),
                text(json, "source"),
                text(json, "ip"),
                text(json, "locale"),
                Instant.ofEpochMilli(json.get("time").longValue()),
                headers(json.get("headers")),
                json.get("sent").booleanValue(),
                text(json, "username"),
                text(json, "email"));
    }

    /** {@code null} stands for several values. */
    private static Map<String, List<String>> headers(JsonNode json) {
        Map<String, List<String>> headers = new TreeMap<>();
        json.properties().forEach(header -> headers.put(
                header.getKey(), header.getValue().isNull() ? List.of("p-1", "DE") : List.of(header.getValue().textValue())));
        return headers;
    }

    /** Without a refusal, no rule is named. */
    private static Answer expected(JsonNode json, String version) {
        JsonNode message = json.path("message");
        return new Answer(
                Door.valueOf(json.get("door").textValue().toUpperCase(Locale.ROOT)),
                text(json, "rule"),
                text(json, "file"),
                json.path("line").asInt(0),
                version,
                message.isTextual() ? Message.named(message.textValue())
                        : message.isObject() ? Message.of(JSON.convertValue(message, new TypeReference<Map<String, String>>() {}))
                        : null,
                text(json, "field"));
    }

    private static String text(JsonNode json, String field) {
        return json.path(field).textValue();
    }

    private static JsonNode corpus() {
        try {
            return JSON.readTree(Path.of("../test/door/corpus.json").toFile());
        } catch (IOException missing) {
            throw new IllegalStateException("there is no corpus; npm run generate makes it", missing);
        }
    }
}
