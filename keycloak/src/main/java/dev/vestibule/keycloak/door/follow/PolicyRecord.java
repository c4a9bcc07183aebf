package dev.vestibule.keycloak.door.follow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.InvalidPolicy;
import java.io.IOException;

/**
 * A record of the door's topic: one part of a policy.
 *
 * @param format if it is above the newest that is known, only the sequence means anything
 * @param sequence when the policy was published, in milliseconds; above that of every policy before
 * @param data this part of the policy, which as a whole is JSON, gzipped, as base64
 */
record PolicyRecord(int format, long sequence, String version, int part, int parts, String data) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "policy-";

    /** No rules are that long. A larger number is a mistake, and must not fill the memory. */
    private static final int MOST_PARTS = 100;

    static boolean isKey(String key) {
        return key != null && key.startsWith(KEY);
    }

    /** @throws InvalidPolicy with the reason, when the record is not well-formed */
    static PolicyRecord parse(String key, byte[] value) {
        JsonNode json = tree(value);
        int format = (int) number(json, "format", 1, Integer.MAX_VALUE);
        long sequence = number(json, "sequence", 0, Long.MAX_VALUE);
        if (format > DoorPolicy.NEWEST_FORMAT) {
            return new PolicyRecord(format, sequence, "", 0, 1, "");
        }
        int parts = (int) number(json, "parts", 1, MOST_PARTS);
        int part = (int) number(json, "part", 0, parts - 1);
        if (!key.equals(KEY + part)) {
            throw new InvalidPolicy("part " + part + " has the key of another part");
        }
        return new PolicyRecord(format, sequence, text(json, "version"), part, parts, text(json, "data"));
    }

    private static JsonNode tree(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException invalid) {
            throw new InvalidPolicy("it is no JSON");
        }
    }

    private static long number(JsonNode json, String field, long least, long most) {
        JsonNode number = json.path(field);
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < least || number.longValue() > most) {
            throw new InvalidPolicy(field + " must be a whole number from " + least + " to " + most);
        }
        return number.longValue();
    }

    private static String text(JsonNode json, String field) {
        JsonNode text = json.path(field);
        if (!text.isTextual()) {
            throw new InvalidPolicy(field + " must be text");
        }
        return text.textValue();
    }
}
