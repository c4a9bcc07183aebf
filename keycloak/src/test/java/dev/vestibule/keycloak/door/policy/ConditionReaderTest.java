package dev.vestibule.keycloak.door.policy;

import static dev.vestibule.keycloak.door.policy.Verdict.FAILS;
import static dev.vestibule.keycloak.door.policy.Verdict.HOLDS;
import static dev.vestibule.keycloak.door.policy.Verdict.UNCLEAR;
import static dev.vestibule.keycloak.door.policy.Verdict.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A condition")
class ConditionReaderTest {

    private static final String YES = "{'kind':'is','key':'source','operand':['*']}";
    private static final String NO = "{'kind':'is','key':'source','operand':['nowhere']}";
    private static final String MAYBE = "{'kind':'unknown'}";
    private static final String TYPED = "{'kind':'is','key':'request-header','operand':{'x-twice':['*']}}";

    @ParameterizedTest(name = "{0} of {1}: {2}")
    @CsvSource({
        "all, '',                HOLDS",
        "all, 'yes,yes',         HOLDS",
        "all, 'yes,no',          FAILS",
        "all, 'yes,maybe',       UNKNOWN",
        "all, 'maybe,no',        FAILS",
        "any, '',                FAILS",
        "any, 'no,no',           FAILS",
        "any, 'no,yes',          HOLDS",
        "any, 'no,maybe',        UNKNOWN",
        "any, 'maybe,yes',       HOLDS",
        "all, 'maybe,typed',     UNCLEAR",
        "all, 'typed,maybe',     UNCLEAR",
        "all, 'typed,no',        FAILS",
        "any, 'typed,maybe,no',  UNCLEAR",
        "any, 'typed,yes',       HOLDS",
    })
    @DisplayName("is unknown only where what is missing could change the answer")
    void nested(String kind, String of, Verdict verdict) {
        String parts = of.replace("yes", YES).replace("no", NO).replace("maybe", MAYBE).replace("typed", TYPED);
        assertEquals(verdict, read("{'kind':'" + kind + "','of':[" + parts + "]}").test(Visitors.ANN));
    }

    @Test
    @DisplayName("and its opposite are unknown together")
    void not() {
        assertEquals(FAILS, read("{'kind':'not','of':" + YES + "}").test(Visitors.ANN));
        assertEquals(HOLDS, read("{'kind':'not','of':" + NO + "}").test(Visitors.ANN));
        assertEquals(UNKNOWN, read("{'kind':'not','of':" + MAYBE + "}").test(Visitors.ANN));
        assertEquals(UNCLEAR, read("{'kind':'not','of':" + TYPED + "}").test(Visitors.ANN));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'kind':'xor','of':[1]}", "{'kind':'is','key':'moon','operand':{'full':true}}", "{'kind':'unknown','because':'new'}",
        "{'kind':'is','key':'time','operand':{'days':['wed'],'zone':'Mars/Olympus'}}"
    })
    @DisplayName("that this provider does not know is unknown")
    void unknown(String json) {
        assertEquals(UNKNOWN, read(json).test(Visitors.ANN));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[]                                                                   | when must be an object",
        "{'kind':'all'}                                                       | when.of must be a list",
        "{'kind':'any','of':[{'kind':7}]}                                     | when.of[0].kind must be text",
        "{'kind':'is','key':'source','operand':'form'}                        | when.operand must be a list",
        "{'kind':'is','key':'email','operand':{'regex':'a'}}                  | when.operand.globs must be a list",
        "{'kind':'is','key':'ip','operand':[{'network':'acme','bits':8}]}     | when.operand[0].network must be an address",
        "{'kind':'is','key':'ip','operand':[{'network':'10.0.0.0','bits':33}]}| when.operand[0].bits must be a whole number from 0 to 32",
        "{'kind':'is','key':'time','operand':{'days':['day'],'zone':'UTC'}}   | when.operand.days[0] must be one of mon, tue, wed, thu, fri, sat, sun",
        "{'kind':'is','key':'time','operand':{'hours':'8-18','zone':'UTC'}}   | when.operand.hours must be text such as 08:00-18:00",
        "{'kind':'is','key':'request-header','operand':{'x':'*'}}             | when.operand.x must be a list",
    })
    @DisplayName("that is not well-formed is refused, with its place")
    void invalid(String json, String problem) {
        assertEquals(problem, assertThrows(InvalidPolicy.class, () -> read(json)).getMessage());
    }

    @Nested
    @DisplayName("on the e-mail domain")
    class EmailDomain {

        private final Condition condition = read(
                "{'kind':'is','key':'email-domain','operand':{'exact':['acme.com','xn--bcher-kva.example'],'globs':['*.acme.org']}}");

        @ParameterizedTest(name = "{0}: {1}")
        @CsvSource({
            "ann@acme.com,                  HOLDS",
            "ann@ACME.com.,                 HOLDS",
            "'\"a@b\"@acme.com',            HOLDS",
            "ann@b.Acme.org,                HOLDS",
            "ann@acme.org,                  FAILS",
            "ann@acme.com..,                FAILS",
            "ann@,                          FAILS",
            "ann,                           FAILS",
            "acme.com,                      FAILS",
            "ann@xn--bcher-kva.example,     HOLDS",
            "ann@bücher.example,            UNCLEAR",
            "ann@acme。com,                 UNCLEAR",
            "ann@ac\u00ADme.com,           UNCLEAR",
            "ann@acme.com\u200B,           UNCLEAR",
            "'ann@acme .com',               UNCLEAR",
        })
        @DisplayName("looks behind the last @, whatever the letter case")
        void domains(String email, Verdict verdict) {
            assertEquals(verdict, condition.test(Visitors.typing("ann", email)));
        }

        @Test
        @DisplayName("is unknown before the form is sent, and where Keycloak cuts the address")
        void missing() {
            assertEquals(UNKNOWN, condition.test(Visitors.arriving()));
            assertEquals(FAILS, condition.test(Visitors.typing("ann", null)));
            assertEquals(HOLDS, condition.test(Visitors.typing("ann", "a".repeat(254 - 9) + "@acme.com")));
            assertEquals(UNCLEAR, condition.test(Visitors.typing("ann", "a".repeat(255 - 9) + "@acme.com")));
        }
    }

    @Test
    @DisplayName("on the e-mail address compares all of it, whatever the letter case")
    void email() {
        Condition condition = read("{'kind':'is','key':'email','operand':{'globs':['*+Test@acme.com','ann@*']}}");
        assertEquals(HOLDS, condition.test(Visitors.typing("x", "bea+test@ACME.com")));
        assertEquals(FAILS, condition.test(Visitors.typing("x", "bea@acme.com")));
        assertEquals(FAILS, condition.test(Visitors.typing("x", null)));
        assertEquals(UNKNOWN, condition.test(Visitors.arriving()));
        assertEquals(UNCLEAR, condition.test(Visitors.typing("x", "ann@" + "a".repeat(251))));
    }

    @Test
    @DisplayName("on the user name is unknown before the form is sent")
    void username() {
        Condition condition = read("{'kind':'is','key':'username','operand':{'globs':['Admin*']}}");
        assertEquals(HOLDS, condition.test(Visitors.typing("ADMIN-1", null)));
        assertEquals(FAILS, condition.test(Visitors.typing("ann", null)));
        assertEquals(UNCLEAR, condition.test(Visitors.typing(null, "ann@acme.com")));
        assertEquals(UNCLEAR, condition.test(Visitors.typing("admin".repeat(51), null)));
    }

    @Test
    @DisplayName("on the source tells the form from identity providers")
    void source() {
        Condition condition = read("{'kind':'is','key':'source','operand':['broker:*']}");
        assertEquals(HOLDS, condition.test(Visitors.from("broker:google", null, null)));
        assertEquals(FAILS, condition.test(Visitors.from("form", null, null)));
        assertEquals(UNKNOWN, condition.test(Visitors.from(null, null, null)));
    }

    @Test
    @DisplayName("on the address fails where there is none, or none that can be read")
    void ip() {
        Condition condition = read("""
                {'kind':'is','key':'ip','operand':[{'network':'10.0.0.0','bits':8},{'network':'2001:db8::','bits':32}]}""");
        assertEquals(HOLDS, condition.test(Visitors.from("form", "::ffff:10.9.9.9", null)));
        assertEquals(HOLDS, condition.test(Visitors.from("form", "2001:db8::7", null)));
        assertEquals(FAILS, condition.test(Visitors.from("form", "203.0.113.7", null)));
        assertEquals(FAILS, condition.test(Visitors.from("form", "unknown", null)));
        assertEquals(FAILS, condition.test(Visitors.from("form", null, null)));
    }

    @Test
    @DisplayName("on the language takes in its regions")
    void locale() {
        Condition condition = read("{'kind':'is','key':'locale','operand':['pt','zh-H*']}");
        assertEquals(HOLDS, condition.test(Visitors.from("form", null, "PT")));
        assertEquals(HOLDS, condition.test(Visitors.from("form", null, "pt-BR")));
        assertEquals(HOLDS, condition.test(Visitors.from("form", null, "zh-hant")));
        assertEquals(FAILS, condition.test(Visitors.from("form", null, "ptx")));
        assertEquals(UNKNOWN, condition.test(Visitors.from("form", null, null)));
    }

    @ParameterizedTest(name = "{0} {1} {2} at {3}: {4}")
    @CsvSource({
        // 2026-11-25 is a Wednesday; Berlin is an hour ahead of UTC then, and two in summer.
        "'wed',     '',            UTC,              2026-11-25T23:59:59.999Z, HOLDS",
        "'wed',     '',            UTC,              2026-11-26T00:00:00Z,     FAILS",
        "'thu',     '',            Europe/Berlin,    2026-11-25T23:00:00Z,     HOLDS",
        "'',        '08:00-18:00', Europe/Berlin,    2026-11-25T06:59:59.999Z, FAILS",
        "'',        '08:00-18:00', Europe/Berlin,    2026-11-25T07:00:00Z,     HOLDS",
        "'',        '08:00-18:00', Europe/Berlin,    2026-07-25T06:00:00Z,     HOLDS",
        "'',        '08:00-18:00', Europe/Berlin,    2026-11-25T17:00:00Z,     FAILS",
        "'',        '22:00-06:00', UTC,              2026-11-25T23:00:00Z,     HOLDS",
        "'',        '22:00-06:00', UTC,              2026-11-25T05:59:00Z,     HOLDS",
        "'',        '22:00-06:00', UTC,              2026-11-25T06:00:00Z,     FAILS",
        "'',        '22:00-00:00', UTC,              2026-11-25T23:30:00Z,     HOLDS",
        "'',        '22:00-24:00', UTC,              2026-11-25T23:30:00Z,     HOLDS",
        "'',        '22:00-24:00', UTC,              2026-11-25T00:00:00Z,     FAILS",
        "'',        '00:00-24:00', UTC,              2026-11-25T00:00:00Z,     HOLDS",
        "'mon,wed', '22:00-06:00', UTC,              2026-11-26T01:00:00Z,     FAILS",
        "'wed',     '05:00-06:00', europe/BERLIN,    2026-11-25T04:30:00Z,     HOLDS",
        "'wed',     '05:00-06:00', +05:30,           2026-11-25T00:00:00Z,     HOLDS",
        "'wed',     '05:00-06:00', EST,              2026-11-25T10:00:00Z,     HOLDS",
    })
    @DisplayName("on the time looks at the clock of its zone")
    void time(String days, String hours, String zone, Instant time, Verdict verdict) {
        String json = "{'kind':'is','key':'time','operand':{'zone':'" + zone + "'"
                + (days.isEmpty() ? "" : ",'days':['" + days.replace(",", "','") + "']")
                + (hours.isEmpty() ? "" : ",'hours':'" + hours + "'") + "}}";
        assertEquals(verdict, read(json).test(Visitors.at(time)));
    }

    @Test
    @DisplayName("on request headers asks for each of them")
    void headers() {
        assertEquals(HOLDS, read("{'kind':'is','key':'request-header','operand':{'x-partner-id':['Q-*','P-?']}}").test(Visitors.ANN));
        assertEquals(FAILS, read("{'kind':'is','key':'request-header','operand':{'x-partner-id':['p-7']}}").test(Visitors.ANN));
        assertEquals(
                FAILS,
                read("{'kind':'is','key':'request-header','operand':{'x-partner-id':['*'],'x-zone':['*']}}").test(Visitors.ANN));
        assertEquals(UNCLEAR, read(TYPED).test(Visitors.ANN));
        assertEquals(
                FAILS,
                read("{'kind':'is','key':'request-header','operand':{'x-twice':['*'],'x-zone':['*']}}").test(Visitors.ANN));
    }

    private static Condition read(String json) {
        try {
            return ConditionReader.read(new Json(new ObjectMapper().readTree(json.replace('\'', '"')), "when"));
        } catch (JsonProcessingException invalid) {
            throw new AssertionError(invalid);
        }
    }
}
