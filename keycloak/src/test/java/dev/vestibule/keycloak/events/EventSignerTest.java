package dev.vestibule.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The signature")
class EventSignerTest {

    @Test
    @DisplayName("is HMAC-SHA-256, as in RFC 4231, test case 2")
    void known() {
        byte[] signature = new EventSigner("Jefe").sign("what do ya want for nothing?".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                new String(signature, StandardCharsets.US_ASCII));
    }
}
