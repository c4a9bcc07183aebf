package dev.vestibule.keycloak.gate;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** One of Keycloak's large interfaces, of which a test answers the few methods that matter. Any other call fails. */
public final class Stub<T> {

    /** Answer of methods that return the object they are called on. */
    public static final Object SELF = new Object();

    private final Class<T> type;
    private final Map<String, Function<Object[], Object>> answers = new HashMap<>();

    private Stub(Class<T> type) {
        this.type = type;
    }

    public static <T> Stub<T> of(Class<T> type) {
        return new Stub<>(type);
    }

    public Stub<T> answer(String method, Supplier<Object> answer) {
        return with(method, arguments -> answer.get());
    }

    public Stub<T> on(String method, Consumer<Object[]> effect) {
        return with(method, arguments -> {
            effect.accept(arguments);
            return null;
        });
    }

    public Stub<T> with(String method, Function<Object[], Object> answer) {
        answers.put(method, answer);
        return this;
    }

    public T get() {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
            Function<Object[], Object> answer = answers.get(method.getName());
            if (answer == null) {
                throw new UnsupportedOperationException(type.getSimpleName() + "." + method.getName());
            }
            Object value = answer.apply(arguments);
            return value == SELF ? self : value;
        }));
    }
}
