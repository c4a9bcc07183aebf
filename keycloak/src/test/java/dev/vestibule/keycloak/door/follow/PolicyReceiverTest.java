package dev.vestibule.keycloak.door.follow;

import static dev.vestibule.keycloak.door.follow.Records.KEYS;
import static dev.vestibule.keycloak.door.follow.Records.OTHER_KEYS;
import static dev.vestibule.keycloak.door.follow.Records.TOPIC;
import static dev.vestibule.keycloak.door.follow.Records.pack;
import static dev.vestibule.keycloak.door.follow.Records.parts;
import static dev.vestibule.keycloak.door.follow.Records.policy;
import static dev.vestibule.keycloak.door.follow.Records.record;
import static dev.vestibule.keycloak.door.follow.Records.signed;
import static dev.vestibule.keycloak.door.follow.Records.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vestibule.keycloak.LogCapture;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.DoorPolicies;
import dev.vestibule.keycloak.door.policy.RequestHeaders;
import dev.vestibule.keycloak.kafka.SigningKeys;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The receiver of policies")
class PolicyReceiverTest {

    private final DoorPolicies policies = new DoorPolicies(Door.GATE, new RequestHeaders(List.of()));
    private final PolicyReceiver receiver = new PolicyReceiver(KEYS, policies);
    private final LogCapture log = new LogCapture(PolicyReceiver.class);

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    @DisplayName("puts a signed policy in force, and each newer one after it")
    void newer() {
        assertEquals("none", version());
        receive(policy("v1", 1));
        assertEquals("v1", version());
        receive(policy("v2", 2));
        assertEquals("v2", version());
        assertEquals("0", refused());
    }

    @Test
    @DisplayName("puts only the newest of several in force")
    void newestOfSeveral() {
        receive(policy("v1", 1), policy("v2", 2), policy("v3", 3));
        assertEquals("v3", version());
        assertEquals(1, log.lines().size());
    }

    @Test
    @DisplayName("puts none in force while newer ones may follow, and then only the newest")
    void notUpToDate() {
        receiver.receive(List.of(policy("v1", 1), policy("v2", 2)), false);
        assertEquals("none", version());
        receiver.receive(List.of(), true);
        assertEquals("v2", version());
        assertEquals(1, log.lines().size());
    }

    @Test
    @DisplayName("waits for all parts of a policy, whatever their order")
    void inParts() {
        List<ConsumerRecord<String, byte[]>> parts = parts("v2", 2, 3);
        receive(policy("v1", 1), parts.get(2), parts.get(0));
        assertEquals("v1", version());
        receive(parts.get(0));
        assertEquals("v1", version());
        receive(parts.get(1));
        assertEquals("v2", version());
    }

    @Test
    @DisplayName("never mixes the parts of two policies: two services may publish at once")
    void mixedParts() {
        List<ConsumerRecord<String, byte[]>> one = parts("v1", 1, 2);
        List<ConsumerRecord<String, byte[]>> two = parts("v2", 2, 2);
        receive(one.get(0), two.get(0), one.get(1));
        assertEquals("none", version());
        receive(two.get(1));
        assertEquals("v2", version());
        assertEquals("0", refused());
    }

    @Test
    @DisplayName("ignores an older policy, and passes over one that it reads again")
    void older() {
        receive(policy("v5", 5));
        receive(policy("v4", 4), policy("v5", 5));
        assertEquals("v5", version());
        assertEquals("1 (older 1)", refused());
    }

    @Test
    @DisplayName("ignores what is signed with another key, for another purpose, under another key of the record, or not at all")
    void forged() {
        byte[] value = policy("v1", 1).value();
        receive(
                record(7, "policy-0", value, null),
                record(8, "policy-0", value, OTHER_KEYS.sign(SigningKeys.DOOR_POLICY, TOPIC, "policy-0", value)),
                record(9, "policy-0", value, KEYS.sign(SigningKeys.EVENT, TOPIC, "policy-0", value)),
                record(10, "policy-0", value, KEYS.sign(SigningKeys.DOOR_POLICY, TOPIC, "policy-1", value)),
                record(11, "policy-0", value, KEYS.sign(SigningKeys.DOOR_POLICY, "other.topic", "policy-0", value)));

        assertEquals("none", version());
        assertEquals("5 (forged 5)", refused());
        assertEquals(1, log.lines().size());
        assertTrue(log.lines().get(0).startsWith("WARN The record at offset 7 of vestibule.door is ignored: it has no signature"));
    }

    @Test
    @DisplayName("logs each kind of refusal once for each policy, and counts all")
    void logsOnce() {
        for (int round = 1; round <= 2; round++) {
            receive(policy("v" + round, round));
            for (int i = 0; i < 3; i++) {
                receive(record(i, "policy-0", new byte[0], null), policy("old", 0));
            }
        }
        assertEquals("12 (forged 6, older 6)", refused());
        assertEquals(4, log.lines().stream().filter(line -> line.startsWith("WARN")).count());
    }

    @Test
    @DisplayName("passes over records without a value, and of keys that it does not know")
    void otherRecords() {
        receive(record(0, "policy-1", null, null), record(1, "holiday", new byte[] {1}, null), record(2, null, new byte[] {1}, null));
        assertEquals("0", refused());
        assertEquals(List.of(), log.lines());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[] | format must be a whole number from 1 to 2147483647",
        "}  | it is no JSON",
        "{\"format\":1,\"sequence\":-1} | sequence must be a whole number from 0 to 9223372036854775807",
        "{\"format\":1,\"sequence\":9,\"parts\":101} | parts must be a whole number from 1 to 100",
        "{\"format\":1,\"sequence\":9,\"parts\":2,\"part\":2} | part must be a whole number from 0 to 1",
        "{\"format\":1,\"sequence\":9,\"parts\":2,\"part\":1} | part 1 has the key of another part",
        "{\"format\":1,\"sequence\":9,\"parts\":1,\"part\":0,\"version\":7} | version must be text",
        "{\"format\":1,\"sequence\":9,\"parts\":1,\"part\":0,\"version\":\"v\"} | data must be text",
        "{\"format\":1,\"sequence\":9,\"parts\":1,\"part\":0,\"version\":\"v\",\"data\":\"?\"} | it is no base64",
        "{\"format\":1,\"sequence\":9,\"parts\":1,\"part\":0,\"version\":\"v\",\"data\":\"AAAA\"} | it is not gzipped",
    })
    @DisplayName("ignores a signed record that it cannot read, and says why")
    void unreadable(String value, String why) {
        receive(policy("v1", 1), signed("policy-0", value));
        assertEquals("v1", version());
        assertEquals("1 (unreadable 1)", refused());
        assertTrue(log.lines().stream().anyMatch(line -> line.startsWith("WARN") && line.endsWith(": " + why)), log.lines()::toString);
    }

    @Test
    @DisplayName("keeps the newest policy that can be read when a newer one is broken, and takes the next one")
    void broken() {
        receive(policy("v1", 1), signed("policy-0", value(1, 2, "v2", 0, 1, pack("{\"format\":1}"))));
        assertEquals("v1", version());
        assertEquals("1 (unreadable 1)", refused());
        receive(signed("policy-0", value(1, 3, "v3", 0, 1, pack(Records.json("v4")))));
        assertEquals("v1", version());
        receive(policy("v5", 5));
        assertEquals("v5", version());
    }

    @Test
    @DisplayName("refuses a little text that would fill the memory")
    void bomb() {
        receive(signed("policy-0", value(1, 1, "v1", 0, 1, pack(" ".repeat((32 << 20) + 1)))));
        assertEquals("none", version());
        assertTrue(log.lines().get(0).endsWith("it is larger than 32 MB"));
    }

    @Test
    @DisplayName("refuses parts that do not belong together")
    void strangeParts() {
        receive(parts("v1", 1, 2).get(0), parts("v1", 1, 3).get(1), parts("v9", 1, 2).get(1));
        assertEquals("none", version());
        assertEquals("2 (unreadable 2)", refused());
    }

    @Test
    @DisplayName("goes back to what holds without a policy when a newer provider is needed, says so once, and can return")
    void newerFormat() {
        receive(policy("v1", 1));
        for (int part = 0; part < 2; part++) {
            receive(signed("policy-" + part, "{\"format\":2,\"sequence\":2,\"anything\":\"else\"}"));
        }
        assertEquals("none", version());
        assertEquals(1, log.lines().stream().filter(line -> line.startsWith("WARN")).count());

        receive(policy("v1", 1));
        assertEquals("none", version());
        receive(policy("v3", 3));
        assertEquals("v3", version());
        receive(signed("policy-0", value(1, 4, "v4", 0, 1, pack("{\"format\":2}"))));
        assertEquals("none", version());
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // the records are only read
    private final void receive(ConsumerRecord<String, byte[]>... records) {
        receiver.receive(List.of(records), true);
    }

    private String version() {
        return policies.state().get("door policy version");
    }

    private String refused() {
        return receiver.state().get("door policy records refused");
    }
}
