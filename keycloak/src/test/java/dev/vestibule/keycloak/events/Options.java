package dev.vestibule.keycloak.events;

import dev.vestibule.keycloak.options.GivenOptions;
import java.util.stream.Stream;

/** Options of the listener, as an operator gives them. */
record Options(GivenOptions scope) {

    /** Beside the brokers. */
    static Options given(String... namesAndValues) {
        return new Options(new GivenOptions(Stream.concat(
                        Stream.of("bootstrap-servers", "localhost:9092"), Stream.of(namesAndValues))
                .toArray(String[]::new)));
    }

    static Options none() {
        return new Options(new GivenOptions());
    }

    ListenerOptions read() {
        return ListenerOptions.read(scope);
    }
}
