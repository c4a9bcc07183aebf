package dev.vestibule.keycloak.door.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The door policy")
class DoorPolicyTest {

    private static final String MAYBE = "{'kind':'unknown'}";
    private static final String UNCLEAR = "{'kind':'is','key':'request-header','operand':{'x-twice':['*']}}";
    private static final String NEVER = "{'kind':'any','of':[]}";

    @Test
    @DisplayName("answers by the first entry that names realm and client, and is open to others")
    void entries() {
        DoorPolicy policy = parse("""
                {'format':1,'version':'v1',
                 'entries':[{'realm':'acme','client':'partner-portal','list':1},
                            {'realm':'*','client':'partner-*','list':0}],
                 'lists':[{'file':'all.yaml','hold':true,'rules':[]},{'file':'one.yaml','hold':false,'rules':[]}]}""");

        assertEquals(Door.OPEN, policy.answer(Visitors.at("acme", "partner-portal")).door());
        assertEquals(Door.GATE, policy.answer(Visitors.at("beta", "partner-portal")).door());
        assertEquals(Door.GATE, policy.answer(Visitors.at("acme", "partner-x")).door());
        assertEquals(Door.OPEN, policy.answer(Visitors.at("acme", "Partner-x")).door());
        assertEquals(2, policy.clients());
    }

    @ParameterizedTest(name = "hold {0}, when {1}: {2}")
    @CsvSource({
        "false, holds,   REFUSE",
        "false, fails,   GATE",
        "false, unknown, OPEN",
        "false, unclear, GATE",
        "true,  holds,   REFUSE",
        "true,  fails,   GATE",
        "true,  unknown, GATE",
        "true,  unclear, GATE",
    })
    @DisplayName("stops at a rule that may hold, and passes over one that surely does not")
    void threeValues(boolean hold, String when, Door door) {
        String condition = Map.of("holds", "null", "fails", NEVER, "unknown", MAYBE, "unclear", UNCLEAR).get(when);
        assertEquals(
                door,
                list(hold, "{'rule':'a','line':3,'when':" + condition + ",'door':'refuse','message':'closed','field':null},"
                        + "{'rule':'b','line':4,'when':null,'door':'gate'}").answer(Visitors.ANN).door());
    }

    @ParameterizedTest
    @CsvSource({"true, GATE", "false, OPEN"})
    @DisplayName("ends with the gate where the file holds")
    void end(boolean hold, Door door) {
        assertEquals(door, list(hold, "{'rule':'a','line':3,'when':" + NEVER + ",'door':'refuse','message':'closed'}")
                .answer(Visitors.ANN).door());
    }

    @Test
    @DisplayName("names the rule that refuses, the message and the field, and nothing else")
    void refusal() {
        assertEquals(
                new Answer(Door.REFUSE, "throwaway", "partner.yaml", 7, "v1", Message.named("other-address"), "email"),
                list(true, "{'rule':'throwaway','line':7,'when':null,'door':'refuse','message':'other-address','field':'email'}")
                        .answer(Visitors.ANN));
        assertEquals(
                new Answer(Door.GATE, null, null, 0, "v1", null, null),
                list(true, "{'rule':'x','line':7,'when':null,'door':'gate','message':'closed','field':'email'}")
                        .answer(Visitors.ANN));
    }

    @Test
    @DisplayName("may hold the operator's own texts")
    void ownTexts() {
        Message message = list(true, """
                {'rule':'x','line':7,'when':null,'door':'refuse','message':{'en':'Ask us.','de':'Fragen Sie uns.'}}""")
                .answer(Visitors.ANN).message();

        assertEquals("Fragen Sie uns.", message.text(Locale.GERMANY));
        assertEquals("Ask us.", message.text(Locale.FRENCH));
    }

    @Test
    @DisplayName("may hold fields that only a newer service knows")
    void newerFields() {
        assertEquals(Door.GATE, parse("""
                {'format':1,'version':'v1','colour':'red','entries':[{'realm':'*','client':'*','list':0,'new':1}],
                 'lists':[{'file':'a','hold':true,'new':[],'rules':[]}]}""").answer(Visitors.ANN).door());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "{]                                                     | it is no JSON",
        "7                                                      | the policy must be an object",
        "{'version':'v'}                                        | format must be a whole number",
        "{'format':1,'version':'v'}                             | lists must be a list",
        "{'format':1,'version':'v','lists':[],'entries':[{'realm':'*','client':'*','list':0}]} | entries[0].list must be the number of one of the 0 lists",
        "{'format':1,'version':'v','lists':[{'file':'a','hold':'gate'}]} | lists[0].hold must be true or false",
        "{'format':1,'version':'v','lists':[{'file':'a','hold':true,'rules':[{'rule':'x','line':1,'door':'ajar'}]}]} | lists[0].rules[0].door must be open, gate or refuse",
        "{'format':1,'version':'v','lists':[{'file':'a','hold':true,'rules':[{'rule':'x','line':1,'door':'refuse','message':{'de':'x'}}]}]} | lists[0].rules[0].message.en must be text",
        "{'format':1,'version':'v','lists':[{'file':'a','hold':true,'rules':[{'rule':'x','line':1,'door':'refuse','message':'x','field':'shoe'}]}]} | lists[0].rules[0].field must be email, username or null",
    })
    @DisplayName("is refused as a whole when it is not well-formed, with the place and the reason")
    void invalid(String json, String problem) {
        String found = assertThrows(InvalidPolicy.class, () -> parse(json)).getMessage();
        assertTrue(found.startsWith(problem), found);
    }

    @Test
    @DisplayName("of a newer format is told apart from one that is broken")
    void newerFormat() {
        assertThrows(UnknownFormat.class, () -> parse("{'format':2,'everything':'else'}"));
    }

    private static DoorPolicy list(boolean hold, String rules) {
        return parse("{'format':1,'version':'v1','entries':[{'realm':'*','client':'*','list':0}],"
                + "'lists':[{'file':'partner.yaml','hold':" + hold + ",'rules':[" + rules + "]}]}");
    }

    private static DoorPolicy parse(String json) {
        return DoorPolicy.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
