package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The signature")
class EventSignerTest {

    /** Shared with the service, which verifies: test/registration/signature.test.ts reads the same file. */
    static Stream<Arguments> vectors() throws IOException {
        try (InputStream file = EventSignerTest.class.getResourceAsStream("/signatures.json")) {
            JsonNode vectors = new ObjectMapper().readTree(file);
            return StreamSupport.stream(vectors.spliterator(), false).map(vector -> Arguments.of(vector.get("what").asText(), vector));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    @DisplayName("is the one that the service expects")
    void known(String what, JsonNode vector) {
        byte[] signature = new EventSigner(vector.get("key").asText()).sign(
                vector.get("topic").asText(),
                vector.get("recordKey").textValue(),
                vector.get("value").asText().getBytes(StandardCharsets.UTF_8));
        assertEquals(vector.get("signature").asText(), new String(signature, StandardCharsets.US_ASCII));
    }
}
