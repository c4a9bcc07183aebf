package dev.vestibule.keycloak.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.gate.Sessions;
import dev.vestibule.keycloak.gate.Stub;
import dev.vestibule.keycloak.options.GivenOptions;
import dev.vestibule.keycloak.options.InvalidOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.forms.login.LoginFormsProviderFactory;
import org.keycloak.models.AuthenticationExecutionModel;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

@DisplayName("The link to the registration form")
class LinkHidingFormsFactoryTest {

    private static final Map<String, Object> HIDDEN = Map.of("registrationDisabled", true);

    private final Place place = new Place().without(Door.REFUSE);
    private final Map<String, Object> attributes = new TreeMap<>();

    @Test
    @DisplayName("is hidden where the door refuses")
    void hidden() {
        place.step("registration", step("vestibule-door", Requirement.REQUIRED));

        assertEquals(HIDDEN, shown(factory()));
    }

    @ParameterizedTest
    @CsvSource({"OPEN", "GATE"})
    @DisplayName("is there where people may register")
    void open(Door door) {
        place.without(door).step("registration", step("vestibule-door", Requirement.REQUIRED));

        assertEquals(Map.of(), shown(factory()));
    }

    @Test
    @DisplayName("is hidden for a door in a sub-flow")
    void inSubFlow() {
        AuthenticationExecutionModel form = step(null, Requirement.REQUIRED);
        form.setAuthenticatorFlow(true);
        form.setFlowId("form");
        place.step("registration", form).step("form", step("vestibule-door-form", Requirement.REQUIRED));

        assertEquals(HIDDEN, shown(factory()));
    }

    @Test
    @DisplayName("is there where no door stands, or a disabled one: people may register all the same")
    void noDoor() {
        assertEquals(Map.of(), shown(factory()));

        place.step("registration", step("vestibule-door", Requirement.DISABLED));
        assertEquals(Map.of(), shown(factory()));
    }

    @Test
    @DisplayName("is there where an operator wants it so")
    void turnedOff() {
        place.step("registration", step("vestibule-door", Requirement.REQUIRED));

        assertEquals(Map.of(), shown(factory("hide-link", "false")));
    }

    @Test
    @DisplayName("is there on a page that belongs to no client, and where the door cannot be asked")
    void unknown() {
        place.step("registration", step("vestibule-door", Requirement.REQUIRED));
        Place broken = new Place().step("registration", null).without(Door.REFUSE);

        assertEquals(Map.of(), forms(factory(), Sessions.of(place.realm, null)));
        assertEquals(Map.of(), forms(factory(), broken.session()));
    }

    @ParameterizedTest
    @CsvSource({"0, freemarker", "1, other", "2147483647, other"})
    @DisplayName("is hidden on the pages of whichever provider Keycloak would use without this one")
    void besideAnother(int order, String chosen) {
        LinkHidingFormsFactory factory = new LinkHidingFormsFactory();
        factory.init(new GivenOptions());
        factory.postInit(server(factory, pages("freemarker", 0), pages("other", order)));

        assertEquals(Map.of("hide-link", "true", "pages by", chosen), factory.getOperationalInfo());
    }

    @Test
    @DisplayName("is no reason to start with a wrong option")
    void wrongOption() {
        assertEquals(
                "--spi-login--vestibule--hide-link must be true or false, not 'no'",
                assertThrows(InvalidOption.class, () -> factory("hide-link", "no")).getMessage());
    }

    private Map<String, Object> shown(LinkHidingFormsFactory factory) {
        return forms(factory, place.session());
    }

    private Map<String, Object> forms(LinkHidingFormsFactory factory, KeycloakSession session) {
        attributes.clear();
        factory.create(session);
        return attributes;
    }

    private LinkHidingFormsFactory factory(String... options) {
        LinkHidingFormsFactory factory = new LinkHidingFormsFactory();
        factory.init(new GivenOptions(options));
        factory.postInit(server(factory, pages("freemarker", 0)));
        return factory;
    }

    private static KeycloakSessionFactory server(LoginFormsProviderFactory... factories) {
        return Stub.of(KeycloakSessionFactory.class)
                .answer("getProviderFactoriesStream", () -> Stream.of(factories))
                .with("getProviderFactory", arguments -> List.of(factories).stream()
                        .filter(factory -> factory.getId().equals(arguments[1]))
                        .findFirst()
                        .orElseThrow())
                .get();
    }

    private LoginFormsProviderFactory pages(String id, int order) {
        LoginFormsProvider forms = Stub.of(LoginFormsProvider.class)
                .on("setAttribute", arguments -> attributes.put((String) arguments[0], arguments[1]))
                .get();
        return Stub.of(LoginFormsProviderFactory.class)
                .answer("getId", () -> id)
                .answer("order", () -> order)
                .answer("create", () -> forms)
                .get();
    }

    private static AuthenticationExecutionModel step(String id, Requirement requirement) {
        AuthenticationExecutionModel step = new AuthenticationExecutionModel();
        step.setAuthenticator(id);
        step.setRequirement(requirement);
        return step;
    }
}
