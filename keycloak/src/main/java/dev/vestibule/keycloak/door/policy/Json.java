package dev.vestibule.keycloak.door.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A value of a policy, and its place in it. So a problem names the place. Fields that nobody asks for may be there: a newer
 * service may write them.
 */
record Json(JsonNode node, String place) {

    /** A value that is not there is the same as null. */
    Json get(String field) {
        object();
        JsonNode value = node.get(field);
        return new Json(value, place.isEmpty() ? field : place + "." + field);
    }

    boolean isNull() {
        return node == null || node.isNull();
    }

    boolean isText() {
        return node != null && node.isTextual();
    }

    String text() {
        require(isText(), "text");
        return node.textValue();
    }

    boolean bool() {
        require(node != null && node.isBoolean(), "true or false");
        return node.booleanValue();
    }

    int number(int most) {
        boolean fits = node != null && node.isIntegralNumber() && node.canConvertToInt();
        require(fits && node.intValue() >= 0 && node.intValue() <= most, "a whole number from 0 to " + most);
        return node.intValue();
    }

    <T> List<T> list(Function<Json, T> read) {
        require(node != null && node.isArray(), "a list");
        return IntStream.range(0, node.size())
                .mapToObj(index -> read.apply(new Json(node.get(index), place + "[" + index + "]")))
                .toList();
    }

    <T> Map<String, T> map(Function<Json, T> read) {
        object();
        Map<String, T> map = new LinkedHashMap<>();
        for (String field : names()) {
            map.put(field, read.apply(get(field)));
        }
        return map;
    }

    InvalidPolicy invalid(String wanted) {
        return new InvalidPolicy((place.isEmpty() ? "the policy" : place) + " must be " + wanted);
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private void object() {
        require(node != null && node.isObject(), "an object");
    }

    private void require(boolean fulfilled, String wanted) {
        if (!fulfilled) {
            throw invalid(wanted);
        }
    }
}
