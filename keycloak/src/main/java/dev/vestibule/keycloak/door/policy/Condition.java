package dev.vestibule.keycloak.door.policy;

import java.util.List;

/** A condition of a rule. The service decides in the same way: src/rules/decide/evaluate.ts. */
@FunctionalInterface
interface Condition {

    Condition UNKNOWN = visitor -> Verdict.UNKNOWN;

    Verdict test(Visitor visitor);

    static Condition all(List<Condition> conditions) {
        return several(conditions, Verdict.FAILS);
    }

    static Condition any(List<Condition> conditions) {
        return several(conditions, Verdict.HOLDS);
    }

    static Condition not(Condition condition) {
        return visitor -> condition.test(visitor).opposite();
    }

    /** @param decisive one condition with this verdict decides alone, even if others are unknown. Else one that is unclear
     *     goes before those that are unknown */
    private static Condition several(List<Condition> conditions, Verdict decisive) {
        return visitor -> {
            Verdict verdict = decisive.opposite();
            for (Condition condition : conditions) {
                Verdict one = condition.test(visitor);
                if (one == decisive) {
                    return decisive;
                }
                if (one == Verdict.UNCLEAR || one == Verdict.UNKNOWN && verdict != Verdict.UNCLEAR) {
                    verdict = one;
                }
            }
            return verdict;
        };
    }
}
