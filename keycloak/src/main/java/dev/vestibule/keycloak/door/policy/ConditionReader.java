package dev.vestibule.keycloak.door.policy;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Conditions from a policy's JSON. A kind or a key that this provider does not know is unknown at the door: a newer service
 * may have more of them.
 */
final class ConditionReader {

    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final String END_OF_DAY = "24:00";

    /** In the order of the rule format's reference. */
    private static final Map<String, Function<Json, Condition>> KEYS = Map.of(
            "email-domain", ConditionReader::emailDomain,
            "email", operand -> Typed.email(operand.get("globs").list(ConditionReader::globIgnoringCase)),
            "username", operand -> Typed.username(operand.get("globs").list(ConditionReader::globIgnoringCase)),
            "source", ConditionReader::source,
            "ip", operand -> IpRange.anyOf(operand.list(ConditionReader::range)),
            "locale", ConditionReader::locale,
            "time", ConditionReader::hours,
            "request-header", ConditionReader::headers);

    private ConditionReader() {}

    static Condition read(Json json) {
        return switch (json.get("kind").text()) {
            case "all" -> Condition.all(json.get("of").list(ConditionReader::read));
            case "any" -> Condition.any(json.get("of").list(ConditionReader::read));
            case "not" -> Condition.not(read(json.get("of")));
            case "is" -> KEYS.getOrDefault(json.get("key").text(), operand -> Condition.UNKNOWN).apply(json.get("operand"));
            default -> Condition.UNKNOWN;
        };
    }

    private static Condition emailDomain(Json operand) {
        return Typed.emailDomain(
                new HashSet<>(operand.get("exact").list(Json::text)),
                operand.get("globs").list(ConditionReader::glob));
    }

    private static Condition source(Json operand) {
        List<Glob> globs = operand.list(ConditionReader::glob);
        return visitor -> visitor.source() == null ? Verdict.UNKNOWN : Verdict.of(Typed.matchesAny(globs, visitor.source()));
    }

    /** {@code pt} also holds for {@code pt-BR}. */
    private static Condition locale(Json operand) {
        List<Glob> globs = operand.list(Json::text).stream()
                .flatMap(tag -> List.of(Glob.ignoringCase(tag), Glob.ignoringCase(tag + "-*")).stream())
                .toList();
        return visitor -> visitor.locale() == null ? Verdict.UNKNOWN : Verdict.of(Typed.matchesAny(globs, visitor.locale()));
    }

    /** Each header must be there and match one of its globs. */
    private static Condition headers(Json operand) {
        Map<String, List<Glob>> wanted = operand.map(globs -> globs.list(ConditionReader::glob));
        return Condition.all(wanted.entrySet().stream()
                .map(header -> header(header.getKey(), header.getValue()))
                .toList());
    }

    /** Of several values, the person may have added one to the gateway's. */
    private static Condition header(String name, List<Glob> globs) {
        return visitor -> {
            List<String> values = visitor.headers().getOrDefault(name, List.of());
            return values.size() > 1
                    ? Verdict.UNCLEAR
                    : Verdict.of(values.stream().anyMatch(value -> Typed.matchesAny(globs, value)));
        };
    }

    private static IpRange range(Json json) {
        IpAddress network = IpAddress.parse(json.get("network").text());
        if (network == null) {
            throw json.get("network").invalid("an address");
        }
        return new IpRange(network, json.get("bits").number(network.bits()));
    }

    private static Condition hours(Json operand) {
        Json days = operand.get("days");
        Json hours = operand.get("hours");
        Set<DayOfWeek> on = days.isNull() ? EnumSet.allOf(DayOfWeek.class) : new HashSet<>(days.list(ConditionReader::day));
        String[] ends = hours.isNull() ? new String[] {"00:00", END_OF_DAY} : hours.text().split("-", -1);
        if (ends.length != 2) {
            throw hours.invalid("text such as 08:00-18:00");
        }
        LocalTime from = clock(ends[0], hours);
        LocalTime to = END_OF_DAY.equals(ends[1]) ? null : clock(ends[1], hours);
        ZoneId zone = zone(operand.get("zone").text());
        return zone == null ? Condition.UNKNOWN : new Hours(on, from, to, zone);
    }

    private static DayOfWeek day(Json json) {
        int day = DAYS.indexOf(json.text());
        if (day < 0) {
            throw json.invalid("one of " + String.join(", ", DAYS));
        }
        return DayOfWeek.of(day + 1);
    }

    private static LocalTime clock(String text, Json hours) {
        try {
            return LocalTime.parse(text);
        } catch (DateTimeParseException invalid) {
            throw hours.invalid("text such as 08:00-18:00");
        }
    }

    /** Null when this server's Java does not know the zone: it has time zones of its own, and so does the service. */
    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name, ZoneId.SHORT_IDS);
        } catch (DateTimeException unknown) {
            return ZoneId.getAvailableZoneIds().stream()
                    .filter(known -> known.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .map(ZoneId::of)
                    .orElse(null);
        }
    }

    private static Glob glob(Json json) {
        return Glob.of(json.text());
    }

    private static Glob globIgnoringCase(Json json) {
        return Glob.ignoringCase(json.text());
    }
}
