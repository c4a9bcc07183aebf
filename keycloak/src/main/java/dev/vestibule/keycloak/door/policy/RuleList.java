package dev.vestibule.keycloak.door.policy;

import java.util.List;
import java.util.Locale;

/**
 * The rules of one file, as far as the door goes. The first rule that holds decides.
 *
 * @param holds whether everyone whom no rule decides about waits at the gate
 */
record RuleList(String file, boolean holds, List<Rule> rules) {

    /** @param when null: always holds */
    private record Rule(String name, int line, Condition when, Door door, Message message, String field) {

        Verdict test(Visitor visitor) {
            return when == null ? Verdict.HOLDS : when.test(visitor);
        }
    }

    static RuleList read(Json json) {
        return new RuleList(json.get("file").text(), json.get("hold").bool(), json.get("rules").list(RuleList::rule));
    }

    Answer answer(Visitor visitor, String version) {
        for (Rule rule : rules) {
            Verdict verdict = rule.test(visitor);
            if (verdict == Verdict.HOLDS) {
                return rule.door == Door.REFUSE
                        ? new Answer(Door.REFUSE, rule.name, file, rule.line, version, rule.message, rule.field)
                        : Answer.of(rule.door, version, null);
            }
            if (verdict == Verdict.UNCLEAR) {
                return Answer.of(Door.GATE, version, null); // whatever the file holds: nobody types himself in
            }
            if (verdict == Verdict.UNKNOWN) {
                break; // this rule may decide, and only the service can know
            }
        }
        return Answer.of(holds ? Door.GATE : Door.OPEN, version, null);
    }

    private static Rule rule(Json json) {
        Door door = door(json.get("door"));
        Json when = json.get("when");
        return new Rule(
                json.get("rule").text(),
                json.get("line").number(Integer.MAX_VALUE),
                when.isNull() ? null : ConditionReader.read(when),
                door,
                door == Door.REFUSE ? message(json.get("message")) : null,
                door == Door.REFUSE ? field(json.get("field")) : null);
    }

    private static Door door(Json json) {
        String door = json.text();
        for (Door one : Door.values()) {
            if (one.name().toLowerCase(Locale.ROOT).equals(door)) {
                return one;
            }
        }
        throw json.invalid("open, gate or refuse");
    }

    private static Message message(Json json) {
        if (json.isText()) {
            return Message.named(json.text());
        }
        json.get("en").text(); // the text for everyone whose language has none
        return Message.of(json.map(Json::text));
    }

    private static String field(Json json) {
        if (json.isNull()) {
            return null;
        }
        String field = json.text();
        if (!field.equals("email") && !field.equals("username")) {
            throw json.invalid("email, username or null");
        }
        return field;
    }
}
