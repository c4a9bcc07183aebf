package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keycloak.authentication.InitiatedActionSupport;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.forms.login.LoginFormsProvider;

@DisplayName("The required action vestibule-pending")
class PendingActionTest {

    private final RequiredActionProvider action = new PendingActionFactory().create(null);
    private final Door door = new Door();
    private final List<String> outcome = new ArrayList<>();
    private final Map<String, Object> shown = new HashMap<>();

    @Test
    @DisplayName("shows a held person a page that names the application and the mail address")
    void page() {
        door.actionsOfUser.add("vestibule-pending");

        action.requiredActionChallenge(context());

        assertEquals(List.of("vestibule-pending.ftl", "challenge"), outcome);
        assertEquals(
                Map.of(
                        "vestibuleApplication", "Partner Portal",
                        "vestibuleEmail", "ann@example.test",
                        "vestibuleState", "vestibuleArrived",
                        "vestibuleOpen", true),
                shown);
    }

    @ParameterizedTest
    @CsvSource({
        "vestibule-waiting, vestibuleWaiting, true",
        "VERIFY_EMAIL, vestibuleUnverified, true",
        "VERIFY_EMAIL vestibule-waiting, vestibuleUnverified, true",
        "vestibule-waiting vestibule-refused, vestibuleRefused, false",
        "vestibule-waiting vestibule-expired, vestibuleExpired, false",
        "VERIFY_EMAIL vestibule-refused, vestibuleRefused, false",
    })
    @DisplayName("says how things stand, as the marks beside it have it")
    void state(String marks, String state, boolean open) {
        door.actionsOfUser.add("vestibule-pending");
        door.actionsOfUser.addAll(List.of(marks.split(" ")));

        action.requiredActionChallenge(context());

        assertEquals(state, shown.get("vestibuleState"));
        assertEquals(open, shown.get("vestibuleOpen"));
    }

    @Test
    @DisplayName("holds nobody for a mark alone")
    void markAlone() {
        door.actionsOfUser.add("vestibule-refused");

        new GateMarkFactory.Refused().create(null).requiredActionChallenge(context());

        assertEquals(List.of("ignore"), outcome);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = " ")
    @DisplayName("names an application without a name by its client id")
    void nameless(String name) {
        door.clientName(name).actionsOfUser.add("vestibule-pending");

        action.requiredActionChallenge(context());

        assertEquals("partner-portal", shown.get("vestibuleApplication"));
    }

    @Test
    @DisplayName("cannot be done by the person: whatever the page sends, it is shown again")
    void cannotBeDone() {
        door.actionsOfUser.add("vestibule-pending");

        action.processAction(context());

        assertEquals(List.of("vestibule-pending.ftl", "challenge"), outcome);
    }

    @Test
    @DisplayName("lets a person go on who was let in while looking at the page")
    void letInMeanwhile() {
        action.processAction(context());

        assertEquals(List.of("success"), outcome);
    }

    @Test
    @DisplayName("is passed over where somebody asks for it who is not held")
    void askedFor() {
        action.requiredActionChallenge(context());

        assertEquals(List.of("ignore"), outcome);
    }

    @Test
    @DisplayName("answers kc_action with yes, for Keycloak skips an action that says no, even one that is set")
    void cannotBeSkipped() {
        assertEquals(InitiatedActionSupport.SUPPORTED, action.initiatedActionSupport());
    }

    @Test
    @DisplayName("is set by no login, only by the gate")
    void neverTriggered() {
        action.evaluateTriggers(context());

        assertEquals(List.of(), outcome);
        assertEquals(0, door.actionsOfUser.size());
    }

    private RequiredActionContext context() {
        LoginFormsProvider form = Stub.of(LoginFormsProvider.class)
                .with("setAttribute", arguments -> {
                    shown.put((String) arguments[0], arguments[1]);
                    return Stub.SELF;
                })
                .on("createForm", arguments -> outcome.add((String) arguments[0]))
                .get();
        return Stub.of(RequiredActionContext.class)
                .answer("getUser", () -> door.user)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("form", () -> form)
                .on("challenge", arguments -> outcome.add("challenge"))
                .on("success", arguments -> outcome.add("success"))
                .on("ignore", arguments -> outcome.add("ignore"))
                .get();
    }
}
