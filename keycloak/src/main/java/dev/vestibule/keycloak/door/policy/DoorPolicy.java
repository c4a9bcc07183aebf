package dev.vestibule.keycloak.door.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;

/** The rules in force, as far as they can be decided before an account exists. Immutable. */
public final class DoorPolicy {

    /** The newest format that this provider can read. */
    public static final int NEWEST_FORMAT = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String version;
    private final List<Entry> entries;

    private DoorPolicy(String version, List<Entry> entries) {
        this.version = version;
        this.entries = entries;
    }

    /** Which list of rules decides about a client. */
    private record Entry(Glob realm, Glob client, RuleList rules) {}

    /**
     * @throws UnknownFormat when only a newer provider can read it
     * @throws InvalidPolicy with the place and the reason, when it is not well-formed
     */
    public static DoorPolicy parse(byte[] json) {
        Json policy = new Json(tree(json), "");
        int format = policy.get("format").number(Integer.MAX_VALUE);
        if (format > NEWEST_FORMAT) {
            throw new UnknownFormat(format);
        }
        List<RuleList> lists = policy.get("lists").list(RuleList::read);
        return new DoorPolicy(policy.get("version").text(), policy.get("entries").list(entry -> entry(entry, lists)));
    }

    /** The first entry that names realm and client decides; if none does, the door is open. */
    public Answer answer(Visitor visitor) {
        for (Entry entry : entries) {
            if (entry.client.matches(visitor.client()) && entry.realm.matches(visitor.realm())) {
                return entry.rules.answer(visitor, version);
            }
        }
        return Answer.of(Door.OPEN, version, null);
    }

    public String version() {
        return version;
    }

    /** How many clients, or patterns of clients, it names. */
    public int clients() {
        return entries.size();
    }

    private static Entry entry(Json json, List<RuleList> lists) {
        Json list = json.get("list");
        int index = list.number(Integer.MAX_VALUE);
        if (index >= lists.size()) {
            throw list.invalid("the number of one of the " + lists.size() + " lists");
        }
        return new Entry(Glob.of(json.get("realm").text()), Glob.of(json.get("client").text()), lists.get(index));
    }

    private static JsonNode tree(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException invalid) {
            throw new InvalidPolicy("it is no JSON: " + invalid.getOriginalMessage());
        } catch (IOException impossible) {
            throw new IllegalStateException("nothing is read from outside", impossible);
        }
    }
}
