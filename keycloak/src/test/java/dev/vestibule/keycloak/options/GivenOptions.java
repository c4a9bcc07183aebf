package dev.vestibule.keycloak.options;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.keycloak.Config;

/** Options of a provider as Keycloak hands them over: named in full when listed, by their short name when asked for. */
public final class GivenOptions extends Config.AbstractScope {

    private final Map<String, String> given = new HashMap<>();

    /** @param namesAndValues short names, each with its value */
    public GivenOptions(String... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            given.put(namesAndValues[i], namesAndValues[i + 1]);
        }
    }

    @Override
    public String get(String key) {
        return given.get(key);
    }

    @Override
    protected <T> T getValue(String key, Function<String, T> conversion, Class<T> type, T otherwise) {
        String value = given.get(key);
        return value == null ? otherwise : conversion.apply(value);
    }

    @Override
    @Deprecated
    public Set<String> getPropertyNames() {
        return given.keySet().stream().map(key -> "kc.spi-some--provider--" + key).collect(Collectors.toSet());
    }

    @Override
    public Config.Scope scope(String... scope) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Config.Scope root() {
        throw new UnsupportedOperationException();
    }
}
