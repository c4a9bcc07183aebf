package dev.vestibule.keycloak.door.follow;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.DoorPolicy;
import dev.vestibule.keycloak.door.policy.InvalidPolicy;
import dev.vestibule.keycloak.door.policy.UnknownFormat;
import dev.vestibule.keycloak.kafka.SigningKeys;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jboss.logging.Logger;

/**
 * Makes policies of records, and puts the newest in force. It believes only what is signed. It counts each record that it
 * refuses, and logs the first of each kind since the last policy: nobody can flood the log by flooding the topic.
 */
final class PolicyReceiver {

    private static final Logger LOG = Logger.getLogger(PolicyReceiver.class);

    private enum Refusal {
        FORGED,
        OLDER,
        UNREADABLE
    }

    private final SigningKeys signingKeys;
    private final DoorPolicies policies;
    private final PolicyParts parts = new PolicyParts();
    private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
    private final Set<Refusal> logged = EnumSet.noneOf(Refusal.class);

    /** What the newest policy that can be read leads to; null when nothing is to change. */
    private Runnable change;

    PolicyReceiver(SigningKeys signingKeys, DoorPolicies policies) {
        this.signingKeys = signingKeys;
        this.policies = policies;
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, new LongAdder());
        }
    }

    /**
     * @param records in the topic's order
     * @param upToDate whether these are the last that are known of. If not, nothing is put in force yet: older policies may hold
     *     what newer ones took back. Of several policies, only the newest that can be read is put in force.
     */
    void receive(Iterable<ConsumerRecord<String, byte[]>> records, boolean upToDate) {
        for (ConsumerRecord<String, byte[]> record : records) {
            // Compaction may leave a record without a value. Other keys are for newer providers.
            if (PolicyRecord.isKey(record.key()) && record.value() != null) {
                PackedPolicy policy = read(record);
                if (policy != null) {
                    unpack(policy);
                }
            }
        }
        if (upToDate && change != null) {
            change.run();
            change = null;
        }
    }

    /** Figures for the admin console. */
    Map<String, String> state() {
        long sum = refused.values().stream().mapToLong(LongAdder::sum).sum();
        String kinds = refused.entrySet().stream()
                .filter(kind -> kind.getValue().sum() > 0)
                .map(kind -> kind.getKey().name().toLowerCase(Locale.ROOT) + " " + kind.getValue())
                .collect(Collectors.joining(", "));
        return Map.of("door policy records refused", sum == 0 ? "0" : sum + " (" + kinds + ")");
    }

    /** The whole policy when this was its last part, else null. */
    private PackedPolicy read(ConsumerRecord<String, byte[]> record) {
        String ignored = "The record at offset " + record.offset() + " of " + record.topic() + " is ignored: ";
        if (!isSigned(record)) {
            refuse(Refusal.FORGED, ignored + "it has no signature that a signing-key of this server verifies. Either the service"
                    + " has another EVENT_SIGNING_KEY, or somebody else wrote the record");
            return null;
        }
        try {
            PolicyRecord part = PolicyRecord.parse(record.key(), record.value());
            if (part.sequence() < parts.newest()) {
                refuse(Refusal.OLDER, ignored + "a newer policy is known");
            }
            return parts.add(part);
        } catch (InvalidPolicy invalid) {
            refuse(Refusal.UNREADABLE, ignored + invalid.getMessage());
            return null;
        }
    }

    private boolean isSigned(ConsumerRecord<String, byte[]> record) {
        Header signature = record.headers().lastHeader(SigningKeys.HEADER);
        return signature != null
                && signingKeys.verify(
                        signature.value(), SigningKeys.DOOR_POLICY, record.topic(), record.key(), record.value());
    }

    private void unpack(PackedPolicy packed) {
        try {
            DoorPolicy policy = packed.unpack();
            change = () -> take(policy, packed.published());
        } catch (UnknownFormat newer) {
            change = () -> drop(newer);
        } catch (InvalidPolicy invalid) {
            refuse(Refusal.UNREADABLE, "Door policy " + packed.version() + " is ignored: " + invalid.getMessage());
        }
    }

    private void take(DoorPolicy policy, Instant published) {
        policies.take(policy, published);
        LOG.infof("Door policy in force: version=%s clients=%d published=%s", policy.version(), policy.clients(), published);
        logged.clear();
    }

    private void drop(UnknownFormat newer) {
        policies.drop();
        LOG.warnf("The door policy cannot be read, and what without-policy says holds: %s; update this provider",
                newer.getMessage());
    }

    private void refuse(Refusal refusal, String why) {
        refused.get(refusal).increment();
        if (logged.add(refusal)) {
            LOG.warn(why);
        }
    }
}
