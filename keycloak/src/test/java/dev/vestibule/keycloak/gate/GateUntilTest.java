package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.util.JsonSerialization;

@DisplayName("By when it is decided")
class GateUntilTest {

    /** The service reads the same file. */
    record Case(List<String> marks, long hours) {}

    static Stream<Case> cases() throws IOException {
        try (InputStream in = GateUntilTest.class.getResourceAsStream("/gate-until.json")) {
            List<Case> cases = new ArrayList<>();
            JsonSerialization.mapper.readTree(in).forEach(one -> {
                List<String> marks = new ArrayList<>();
                one.get("marks").forEach(mark -> marks.add(mark.asText()));
                cases.add(new Case(marks, one.get("hours").asLong()));
            });
            return cases.stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    @DisplayName("is what the marks of the service add up to, from the moment at which the account was made")
    void adds(Case one) {
        assertEquals(
                Optional.of(Door.CREATED.plus(Duration.ofHours(one.hours))),
                GateUntil.in(Set.copyOf(one.marks), Door.CREATED.toEpochMilli()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vestibule-until-days", "vestibule-until-3", "vestibule-until-64", "vestibule-waiting"})
    @DisplayName("is not known without such a mark")
    void unknown(String mark) {
        assertTrue(GateUntil.in(Set.of(mark), Door.CREATED.toEpochMilli()).isEmpty());
    }

    @Test
    @DisplayName("has every mark among the providers, for Keycloak keeps no other")
    void providers() {
        Set<String> ids = ServiceLoader.load(RequiredActionFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .map(ProviderFactory::getId)
                .collect(Collectors.toSet());
        Set<String> wanted = new HashSet<>(Set.of(GateUntil.DAYS, "vestibule-withdrawn"));
        IntStream.range(0, GateUntil.NUMBERS).mapToObj(GateUntil::mark).forEach(wanted::add);

        wanted.removeAll(ids);

        assertEquals(Set.of(), wanted);
    }
}
