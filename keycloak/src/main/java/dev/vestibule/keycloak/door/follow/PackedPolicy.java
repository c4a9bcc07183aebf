package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.InvalidPolicy;
import dev.vestibule.keycloak.door.policy.UnknownFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.zip.GZIPInputStream;

/** A whole policy as it travels: JSON, gzipped, as base64. */
record PackedPolicy(int format, long sequence, String version, String data) {

    /** A little text can unpack to more than there is memory. */
    private static final int MOST_BYTES = 32 << 20;

    Instant published() {
        return Instant.ofEpochMilli(sequence);
    }

    /**
     * @throws UnknownFormat when only a newer provider can read it
     * @throws InvalidPolicy with the reason, when it cannot be read
     */
    DoorPolicy unpack() {
        if (format > DoorPolicy.NEWEST_FORMAT) {
            throw new UnknownFormat(format);
        }
        DoorPolicy policy = DoorPolicy.parse(unzip(bytes()));
        if (!policy.version().equals(version)) {
            throw new InvalidPolicy("it has another version than its record");
        }
        return policy;
    }

    private byte[] bytes() {
        try {
            return Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException invalid) {
            throw new InvalidPolicy("it is no base64");
        }
    }

    private static byte[] unzip(byte[] packed) {
        try (GZIPInputStream json = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            byte[] bytes = json.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new InvalidPolicy("it is larger than " + (MOST_BYTES >> 20) + " MB");
            }
            return bytes;
        } catch (IOException invalid) {
            throw new InvalidPolicy("it is not gzipped");
        }
    }
}
