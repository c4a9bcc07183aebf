package dev.vestibule.keycloak.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Prove that a record comes from somebody who has the same key. The signature is HMAC-SHA-256 as hexadecimal text, in the
 * header {@code vestibule-signature}. It covers the purpose, the topic, the record's key and its value, each with its length
 * before it (four bytes, the most significant first), so that no two records have the same bytes. Without the key, nobody
 * can make a record, and nobody can move a signed one to another topic or to another user.
 */
public final class SigningKeys {

    public static final String HEADER = "vestibule-signature";

    /** Set the signatures of one kind of record apart from all others that are ever made with the same key. */
    public static final String EVENT = "vestibule event v1";

    public static final String DOOR_POLICY = "vestibule door policy v1";

    /** Shorter keys can be guessed. */
    private static final int LEAST_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final List<SecretKeySpec> keys;

    private SigningKeys(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /**
     * @param text keys of at least {@value #LEAST_BYTES} bytes, separated by commas or white space, newest first
     * @throws IllegalArgumentException saying what the text must be
     */
    public static SigningKeys in(String text) {
        List<byte[]> keys = Arrays.stream(text.split("[\\s,]+"))
                .filter(key -> !key.isEmpty())
                .map(SigningKeys::utf8)
                .toList();
        if (keys.isEmpty() || keys.stream().anyMatch(key -> key.length < LEAST_BYTES)) {
            throw new IllegalArgumentException("must hold a key of at least " + LEAST_BYTES
                    + " bytes, without commas and spaces; make one with: openssl rand -base64 32");
        }
        return new SigningKeys(keys.stream().map(key -> new SecretKeySpec(key, ALGORITHM)).toList());
    }

    /** The first key signs. @param recordKey null counts as empty */
    public byte[] sign(String purpose, String topic, String recordKey, byte[] value) {
        return sign(keys.get(0), purpose, topic, recordKey, value);
    }

    /** Whether one of the keys made the signature. @param signature null when there is none */
    public boolean verify(byte[] signature, String purpose, String topic, String recordKey, byte[] value) {
        return keys.stream().anyMatch(key ->
                MessageDigest.isEqual(signature, sign(key, purpose, topic, recordKey, value)));
    }

    private static byte[] sign(SecretKeySpec key, String purpose, String topic, String recordKey, byte[] value) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            for (byte[] field : new byte[][] {utf8(purpose), utf8(topic), utf8(recordKey == null ? "" : recordKey), value}) {
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
