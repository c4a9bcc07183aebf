package dev.vestibule.keycloak.events;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a record comes from this Keycloak, to a reader that has the same key. The signature is HMAC-SHA-256 as
 * hexadecimal text, in the header {@code vestibule-signature}. It covers the purpose, the topic, the record's key and its
 * value, each with its length before it (four bytes, the most significant first), so that no two records have the same
 * bytes. Without the key, nobody can make a record, and nobody can move a signed one to another topic or to another user.
 */
final class EventSigner {

    static final String HEADER = "vestibule-signature";

    /** Shorter keys can be guessed. */
    static final int LEAST_BYTES = 32;

    /** Sets these signatures apart from all others that are ever made with the same key. */
    private static final String PURPOSE = "vestibule event v1";

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /** @param key text of at least {@value #LEAST_BYTES} bytes, used as it is. */
    EventSigner(String key) {
        this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** @param recordKey null counts as empty */
    byte[] sign(String topic, String recordKey, byte[] value) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            for (byte[] field : new byte[][] {utf8(PURPOSE), utf8(topic), utf8(recordKey == null ? "" : recordKey), value}) {
                mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(field.length).array());
                mac.update(field);
            }
            return HexFormat.of().formatHex(mac.doFinal()).getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has " + ALGORITHM, impossible);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
