package dev.vestibule.keycloak.gate;

import org.keycloak.models.RealmModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * When the gate's page looks again by itself: after two seconds, then less and less often, once a minute in the end. The
 * login remembers how often the page was shown.
 */
final class PageRefresh {

    private static final String NOTE = "vestibule-pages";
    private static final int FIRST_SECONDS = 2;
    private static final int MOST_SECONDS = 60;
    private static final double GROWTH = 1.5;

    private PageRefresh() {}

    /** Whether the person, in this login, has seen the page before. */
    static boolean isRepeated(AuthenticationSessionModel login) {
        return login.getAuthNote(NOTE) != null;
    }

    /** Counts this page. @return in how many seconds to look again */
    static int nextSeconds(AuthenticationSessionModel login, RealmModel realm) {
        String note = login.getAuthNote(NOTE);
        int before = note == null ? 0 : Integer.parseInt(note);
        login.setAuthNote(NOTE, String.valueOf(before + 1));
        return seconds(before, realm.getAccessCodeLifespanUserAction());
    }

    /** @param timeoutSeconds after which Keycloak ends the login, if nothing comes: the page looks twice in that time */
    static int seconds(int pagesBefore, int timeoutSeconds) {
        double growing = FIRST_SECONDS * Math.pow(GROWTH, Math.min(pagesBefore, 100));
        return (int) Math.max(1, Math.min(Math.min(growing, MOST_SECONDS), timeoutSeconds / 2.0));
    }
}
