package dev.vestibule.keycloak.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The signature")
class SigningKeysTest {

    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String OTHER = "fedcba9876543210fedcba9876543210";
    private static final byte[] VALUE = {1, 2};

    /** Shared with the service: test/ingest/signature.test.ts reads the first file, and the tests of the door the second. */
    static Stream<Arguments> vectors() throws IOException {
        List<Arguments> all = new ArrayList<>();
        for (JsonNode vector : new ObjectMapper().readTree(Path.of("src/test/resources/signatures.json").toFile())) {
            all.add(Arguments.of(vector.get("what").asText(), ((ObjectNode) vector).put("purpose", SigningKeys.EVENT)));
        }
        for (JsonNode vector : new ObjectMapper().readTree(Path.of("../test/door/signatures.json").toFile())) {
            all.add(Arguments.of(vector.get("what").asText(), vector));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    @DisplayName("is the one that the service makes")
    void known(String what, JsonNode vector) {
        String purpose = vector.get("purpose").asText();
        String topic = vector.get("topic").asText();
        String recordKey = vector.get("recordKey").textValue();
        byte[] value = vector.get("value").asText().getBytes(StandardCharsets.UTF_8);
        String expected = vector.get("signature").asText();
        SigningKeys keys = SigningKeys.in(vector.get("key").asText());

        assertEquals(expected, new String(keys.sign(purpose, topic, recordKey, value), StandardCharsets.US_ASCII));
        assertTrue(keys.verify(expected.getBytes(StandardCharsets.US_ASCII), purpose, topic, recordKey, value));
    }

    @Test
    @DisplayName("is believed with each key, made with the first, and with no other")
    void severalKeys() {
        byte[] signature = SigningKeys.in(KEY).sign(SigningKeys.DOOR_POLICY, "t", "k", VALUE);

        assertTrue(SigningKeys.in(OTHER + ", " + KEY).verify(signature, SigningKeys.DOOR_POLICY, "t", "k", VALUE));
        assertFalse(SigningKeys.in(OTHER).verify(signature, SigningKeys.DOOR_POLICY, "t", "k", VALUE));
    }

    @Test
    @DisplayName("holds for nothing else than what was signed, and is missed when there is none")
    void anythingElse() {
        SigningKeys keys = SigningKeys.in(KEY);
        byte[] signature = keys.sign(SigningKeys.DOOR_POLICY, "t", "k", VALUE);

        assertFalse(keys.verify(signature, SigningKeys.EVENT, "t", "k", VALUE));
        assertFalse(keys.verify(signature, SigningKeys.DOOR_POLICY, "u", "k", VALUE));
        assertFalse(keys.verify(signature, SigningKeys.DOOR_POLICY, "t", "l", VALUE));
        assertFalse(keys.verify(signature, SigningKeys.DOOR_POLICY, "t", "k", new byte[] {1}));
        assertFalse(keys.verify(new byte[0], SigningKeys.DOOR_POLICY, "t", "k", VALUE));
        assertFalse(keys.verify(null, SigningKeys.DOOR_POLICY, "t", "k", VALUE));
    }
}
