package dev.vestibule.keycloak.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.door.policy.Message;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The doorkeeper")
class DoorkeeperTest {

    private final Place place = new Place();

    @ParameterizedTest
    @EnumSource
    @DisplayName("answers as the policy does")
    void policy(Door door) {
        place.without(door);

        assertEquals(door, answer(Applicant.atForm()).door());
    }

    @Test
    @DisplayName("refuses where the client is closed, whatever the policy says")
    void closedClient() {
        place.without(Door.GATE).clientIsClosed();

        Answer answer = answer(Applicant.ofForm("ann", "ann@example.test"));

        assertEquals(Door.REFUSE, answer.door());
        assertEquals(Message.CLOSED, answer.message());
    }

    @Test
    @DisplayName("refuses with the rule's own message, where both refuse")
    void bothClosed() {
        place.rule("'when':null,'message':'invitation-only'").clientIsClosed();

        assertEquals("invitation-only", answer(Applicant.atForm()).message().name());
    }

    @Test
    @DisplayName("obeys a closed client also on a server without the listener, and is open to others there")
    void noListener() {
        assertEquals(Door.OPEN, answer(Applicant.atForm()).door());
        assertEquals(Door.REFUSE, new Place().clientIsClosed().answer(Applicant.atForm()).door());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "realm and client  | 'when':null                                                                          | true",
        "the address       | 'when':{'kind':'is','key':'ip','operand':[{'network':'203.0.113.0','bits':24}]}     | true",
        "another address   | 'when':{'kind':'is','key':'ip','operand':[{'network':'10.0.0.0','bits':8}]}         | false",
        "the language      | 'when':{'kind':'is','key':'locale','operand':['de']}                                 | true",
        "the source        | 'when':{'kind':'is','key':'source','operand':['broker:*']}                           | false",
        "what was typed    | 'when':{'kind':'is','key':'email','operand':{'globs':['ann@*']}}                     | true",
    })
    @DisplayName("tells the policy who comes, and whence")
    void facts(String fact, String rule, boolean refused) {
        place.rule(rule + ",'message':'closed'");

        assertEquals(refused, answer(Applicant.ofForm("ann", "ann@example.test")).door() == Door.REFUSE);
    }

    @Test
    @DisplayName("knows no e-mail address before the form is sent, and names the identity provider")
    void sources() {
        place.rule("'when':{'kind':'is','key':'email','operand':{'globs':['*']}},'message':'closed'");
        assertEquals(Door.OPEN, answer(Applicant.atForm()).door());

        place.rule("'when':{'kind':'is','key':'source','operand':['broker:office']},'message':'closed'");
        assertEquals(Door.REFUSE, answer(Applicant.ofBroker("office", "ann", null)).door());
    }

    private Answer answer(Applicant applicant) {
        return place.answer(applicant);
    }
}
