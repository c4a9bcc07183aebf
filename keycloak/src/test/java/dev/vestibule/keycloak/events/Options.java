package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.kafka.InvalidOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.keycloak.Config;

/** Options as Keycloak hands them over: named in full when listed, by their short name when asked for. */
final class Options extends Config.AbstractScope {

    private final Map<String, String> given = new HashMap<>();

    static Options given(String... namesAndValues) {
        Options options = new Options();
        options.given.put("bootstrap-servers", "localhost:9092");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            options.given.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return options;
    }

    static Options none() {
        return new Options();
    }

    ListenerOptions read() {
        return ListenerOptions.read(this);
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
        return given.keySet().stream()
                .map(key -> "kc." + InvalidOption.PREFIX + key)
                .collect(Collectors.toSet());
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
