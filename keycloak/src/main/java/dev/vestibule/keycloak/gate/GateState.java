package dev.vestibule.keycloak.gate;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.keycloak.models.UserModel;

/**
 * How things stand with a held person, which the page tells. Vestibule notes it as a second required action beside
 * {@link PendingActionFactory#ID}: the only mark on a user that takes no more than the right to manage users, and leaves
 * attributes alone. A mark holds nobody by itself, so a realm need not register it, and nobody gets in for want of one.
 */
enum GateState {

    /** Nobody has decided anything that is known here: the service may not have looked yet. */
    ARRIVED(null),

    /** Somebody is asked whether to let the person in. */
    WAITING("vestibule-waiting"),

    /** Keycloak wants the address to be confirmed first. */
    UNVERIFIED(null),

    /** Keycloak wants the address to be confirmed first, and somebody decides as well. */
    BOTH(null),

    /** Nobody decided in time. */
    EXPIRED("vestibule-expired"),

    /** The account is disabled, and nothing says why: a rule or an administrator did it. */
    LOCKED(null),

    /** The rules, or somebody, said no. */
    REFUSED("vestibule-refused"),

    /** The person took the request back, and the account is kept all the same. */
    WITHDRAWN("vestibule-withdrawn");

    private final String mark;

    GateState(String mark) {
        this.mark = mark;
    }

    String mark() {
        return mark;
    }

    /**
     * How things stand with a person whom the gate held a moment ago.
     *
     * @param user as just read; null when the account is gone, which says no as clearly as anything
     * @return nothing when the gate does not hold the person any more
     */
    static Optional<GateState> lookAt(UserModel user) {
        if (user == null) {
            return Optional.of(REFUSED);
        }
        Set<String> actions = user.getRequiredActionsStream().collect(Collectors.toSet());
        return actions.contains(PendingActionFactory.ID) ? Optional.of(of(user, actions)) : Optional.empty();
    }

    /** What is final goes before what is asked of the person, and that before what others are asked. */
    private static GateState of(UserModel user, Set<String> actions) {
        if (actions.contains(REFUSED.mark)) {
            return REFUSED;
        }
        if (actions.contains(EXPIRED.mark)) {
            return EXPIRED;
        }
        if (actions.contains(WITHDRAWN.mark)) {
            return WITHDRAWN;
        }
        if (!user.isEnabled()) {
            return actions.contains(WAITING.mark) ? WAITING : LOCKED;
        }
        if (actions.contains(UserModel.RequiredAction.VERIFY_EMAIL.name()) && !user.isEmailVerified()) {
            return actions.contains(WAITING.mark) ? BOTH : UNVERIFIED;
        }
        return actions.contains(WAITING.mark) ? WAITING : ARRIVED;
    }

    /** Whether the person may see something new by looking again. */
    boolean isOpen() {
        return this == ARRIVED || this == WAITING || this == UNVERIFIED || this == BOTH;
    }

    /** Whether the person may see something new within a moment: where others are asked, that takes longer. */
    boolean maySoonChange() {
        return this == ARRIVED || this == UNVERIFIED;
    }

    /** As messages and templates name it: {@code vestibuleRefusedTitle}. */
    String messagePrefix() {
        return "vestibule" + name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
