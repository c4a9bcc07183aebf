package dev.vestibule.keycloak.door.policy;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Set;

/**
 * {@code time}: days of the week and hours in a time zone. The end does not belong to the hours. Of hours that span
 * midnight, those after it belong to the next day.
 *
 * @param to null: to the end of the day
 */
record Hours(Set<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone) implements Condition {

    @Override
    public Verdict test(Visitor visitor) {
        if (visitor.time() == null) {
            return Verdict.UNKNOWN;
        }
        ZonedDateTime time = visitor.time().atZone(zone);
        return Verdict.of(days.contains(time.getDayOfWeek()) && includes(time.toLocalTime()));
    }

    private boolean includes(LocalTime time) {
        boolean begun = !time.isBefore(from);
        boolean over = to != null && !time.isBefore(to);
        return to != null && to.isBefore(from) ? begun || !over : begun && !over;
    }
}
