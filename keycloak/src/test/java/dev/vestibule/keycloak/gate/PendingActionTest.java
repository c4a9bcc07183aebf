package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
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
import org.keycloak.http.HttpRequest;

@DisplayName("The required action vestibule-pending")
class PendingActionTest {

    private static final String GATE = "http://kc.test/required-action?execution=vestibule-pending";

    private final Door door = new Door();
    private final List<String> outcome = new ArrayList<>();
    private final MultivaluedMap<String, String> query = new MultivaluedHashMap<>();
    private String method = "GET";
    private int waits;
    private Optional<GateState> seenAfterWait = Optional.of(GateState.ARRIVED);
    private final RequiredActionProvider action = new PendingAction(
            new WaitAtGate(PendingOptions.DEFAULTS, new ShortWait(Duration.ZERO), (session, realm, user) -> {
                waits += 1;
                return seenAfterWait;
            }, (session, user) -> null),
            new GateAddress() {
                @Override
                public Response redirect(RequiredActionContext context) {
                    outcome.add("redirect");
                    return null;
                }

                @Override
                public URI of(RequiredActionContext context) {
                    return URI.create(GATE);
                }
            });
    private final Map<String, Object> shown = new HashMap<>();

    @BeforeEach
    void requestOfItsOwn() {
        query.putSingle("execution", "vestibule-pending");
    }

    @Test
    @DisplayName("shows a held person a page that names the application and the mail address")
    void page() {
        door.actionsOfUser.add("vestibule-pending");

        action.requiredActionChallenge(context());

        assertEquals(List.of("Refresh: 2;url=" + GATE, "vestibule-pending.ftl", "challenge"), outcome);
        assertEquals(
                Map.of(
                        "vestibuleApplication", "Partner Portal",
                        "vestibuleEmail", "ann@example.test",
                        "vestibuleState", "vestibuleArrived",
                        "vestibuleOpen", true,
                        "vestibuleSince", PageTime.of(Door.CREATED, Locale.ENGLISH)),
                shown);
    }

    @ParameterizedTest
    @CsvSource({
        "vestibule-waiting, vestibuleWaiting, true",
        "VERIFY_EMAIL, vestibuleUnverified, true",
        "VERIFY_EMAIL vestibule-waiting, vestibuleBoth, true",
        "VERIFY_EMAIL vestibule-until-8, vestibuleUnverified, true",
        "vestibule-withdrawn, vestibuleWithdrawn, false",
        "vestibule-waiting vestibule-refused, vestibuleRefused, false",
        "vestibule-waiting vestibule-expired, vestibuleExpired, false",
        "VERIFY_EMAIL vestibule-refused, vestibuleRefused, false",
    })
    @DisplayName("says how things stand, as the marks beside it have it")
    void state(String marks, String state, boolean open) {
        door.actionsOfUser.add("vestibule-pending");
        door.actionsOfUser.addAll(List.of(marks.split(" ")));

        action.processAction(context());

        assertEquals(state, shown.get("vestibuleState"));
        assertEquals(open, shown.get("vestibuleOpen"));
        assertEquals(open, outcome.contains("Refresh: 2;url=" + GATE), "looks again by itself");
    }

    @Test
    @DisplayName("says since when the person waits and by when it is decided, where it is known")
    void times() {
        door.actionsOfUser.addAll(List.of("vestibule-pending", "vestibule-waiting", "vestibule-until-4", "vestibule-until-1"));

        action.processAction(context());

        assertEquals(PageTime.of(Door.CREATED.plus(Duration.ofHours(5)), Locale.ENGLISH), shown.get("vestibuleUntil"));
        assertEquals(PageTime.of(Door.CREATED, Locale.ENGLISH), shown.get("vestibuleSince"));
    }

    @Test
    @DisplayName("says no time of an account of which Keycloak does not know when it was made")
    void noTimes() {
        door.createdNobodyKnowsWhen().actionsOfUser.addAll(List.of("vestibule-pending", "vestibule-until-4"));

        action.processAction(context());

        assertFalse(shown.containsKey("vestibuleUntil") || shown.containsKey("vestibuleSince"));
    }

    @Test
    @DisplayName("says that the account is disabled, where nothing says why")
    void disabled() {
        door.accountDisabled().actionsOfUser.add("vestibule-pending");

        action.processAction(context());

        assertEquals("vestibuleLocked", shown.get("vestibuleState"));
        assertEquals(false, shown.get("vestibuleOpen"));
    }

    @Test
    @DisplayName("says that others are asked also where the account is disabled meanwhile")
    void disabledAndWaiting() {
        door.accountDisabled().actionsOfUser.addAll(List.of("vestibule-pending", "vestibule-waiting"));

        action.processAction(context());

        assertEquals("vestibuleWaiting", shown.get("vestibuleState"));
    }

    @Test
    @DisplayName("shows no page to a person who is let in within a moment, but has Keycloak look afresh")
    void letInWithinAMoment() {
        door.actionsOfUser.add("vestibule-pending");
        seenAfterWait = Optional.empty();

        action.requiredActionChallenge(context());

        assertEquals(List.of("redirect", "challenge"), outcome);
        assertEquals(1, waits);
    }

    @Test
    @DisplayName("shows what the wait saw, not how things stood before it")
    void goneWithinAMoment() {
        door.actionsOfUser.add("vestibule-pending");
        seenAfterWait = GateState.lookAt(null);

        action.requiredActionChallenge(context());

        assertEquals("vestibuleRefused", shown.get("vestibuleState"));
    }

    @Test
    @DisplayName("makes a person wait who has just come, not the page that looks again")
    void waitsOnce() {
        door.actionsOfUser.add("vestibule-pending");

        action.requiredActionChallenge(context());
        action.requiredActionChallenge(context());

        assertEquals(1, waits);
        assertEquals("Refresh: 3;url=" + GATE, outcome.get(3));
    }

    @ParameterizedTest(name = "{0} ?{1}={2}")
    @CsvSource({"POST, a, b", "GET, execution, CONFIGURE_TOTP", "GET, session_code, x"})
    @DisplayName("does not wait inside a request that does something else, but in one of its own")
    void ownRequest(String how, String parameter, String value) {
        door.actionsOfUser.add("vestibule-pending");
        method = how;
        query.putSingle(parameter, value);

        action.requiredActionChallenge(context());

        assertEquals(List.of("redirect", "challenge"), outcome);
        assertEquals(0, waits);
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

        assertEquals(List.of("Refresh: 2;url=" + GATE, "vestibule-pending.ftl", "challenge"), outcome);
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
                .with("setResponseHeader", arguments -> {
                    outcome.add(arguments[0] + ": " + arguments[1]);
                    return Stub.SELF;
                })
                .on("createForm", arguments -> outcome.add((String) arguments[0]))
                .get();
        UriInfo address = Stub.of(UriInfo.class).answer("getQueryParameters", () -> query).get();
        HttpRequest request = Stub.of(HttpRequest.class).answer("getHttpMethod", () -> method).get();
        return Stub.of(RequiredActionContext.class)
                .answer("getUser", () -> door.user)
                .answer("getAuthenticationSession", () -> door.login)
                .answer("form", () -> form)
                .answer("getRealm", () -> door.realm)
                .answer("getSession", () -> null)
                .answer("getUriInfo", () -> address)
                .answer("getHttpRequest", () -> request)
                .answer("getAction", () -> "vestibule-pending")
                .on("challenge", arguments -> outcome.add("challenge"))
                .on("success", arguments -> outcome.add("success"))
                .on("ignore", arguments -> outcome.add("ignore"))
                .get();
    }
}
