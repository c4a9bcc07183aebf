package dev.vestibule.keycloak.events;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a record comes from this Keycloak, to a reader that has the same key: HMAC-SHA-256 over the record's value, as
 * hexadecimal text in the header {@code vestibule-signature}. Whoever may write to the topic cannot make one.
 */
final class EventSigner {

    static final String HEADER = "vestibule-signature";

    /** Shorter keys can be guessed. */
    static final int LEAST_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /** @param key text of at least {@value #LEAST_BYTES} bytes, used as it is. */
    EventSigner(String key) {
        this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    byte[] sign(byte[] value) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(value)).getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has " + ALGORITHM, impossible);
        }
    }
}
