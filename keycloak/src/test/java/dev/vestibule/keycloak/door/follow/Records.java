package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.kafka.SigningKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Records as the service publishes them. */
final class Records {

    static final String TOPIC = "vestibule.door";
    static final SigningKeys KEYS = SigningKeys.in("0123456789abcdef0123456789abcdef");
    static final SigningKeys OTHER_KEYS = SigningKeys.in("fedcba9876543210fedcba9876543210");

    private Records() {}

    /** A policy that is open to everyone, in one part. */
    static ConsumerRecord<String, byte[]> policy(String version, long sequence) {
        return parts(version, sequence, 1).get(0);
    }

    static List<ConsumerRecord<String, byte[]>> parts(String version, long sequence, int parts) {
        String data = pack(json(version));
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            String piece = data.substring(data.length() * part / parts, data.length() * (part + 1) / parts);
            records.add(signed("policy-" + part, value(1, sequence, version, part, parts, piece)));
        }
        return records;
    }

    static String json(String version) {
        return "{\"format\":1,\"version\":\"" + version + "\",\"entries\":[],\"lists\":[]}";
    }

    static String pack(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    static String value(int format, long sequence, String version, int part, int parts, String data) {
        return "{\"format\":" + format + ",\"sequence\":" + sequence + ",\"version\":\"" + version + "\",\"part\":" + part
                + ",\"parts\":" + parts + ",\"data\":\"" + data + "\"}";
    }

    static ConsumerRecord<String, byte[]> signed(String key, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return record(0, key, bytes, KEYS.sign(SigningKeys.DOOR_POLICY, TOPIC, key, bytes));
    }

    static ConsumerRecord<String, byte[]> at(long offset, ConsumerRecord<String, byte[]> record) {
        return record(offset, record.key(), record.value(), record.headers().lastHeader(SigningKeys.HEADER).value());
    }

    /** @param signature null for none */
    static ConsumerRecord<String, byte[]> record(long offset, String key, byte[] value, byte[] signature) {
        RecordHeaders headers = new RecordHeaders();
        if (signature != null) {
            headers.add(SigningKeys.HEADER, signature);
        }
        return new ConsumerRecord<>(
                TOPIC, 0, offset, 0L, TimestampType.CREATE_TIME, 0, 0, key, value, headers, Optional.empty());
    }
}
