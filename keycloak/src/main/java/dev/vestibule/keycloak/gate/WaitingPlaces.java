package dev.vestibule.keycloak.gate;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** How many requests may wait at a time, on this server and in each of its realms. */
final class WaitingPlaces {

    private final int most;
    private final int mostPerRealm;
    private final Map<String, Integer> waitingByRealm = new HashMap<>();
    private int waiting;
    private long turnedAway;

    WaitingPlaces(int most, int mostPerRealm) {
        this.most = most;
        this.mostPerRealm = mostPerRealm;
    }

    /** @return whether there was a place; whoever got one gives it back with {@link #leave} */
    synchronized boolean enter(String realm) {
        int there = waitingByRealm.getOrDefault(realm, 0);
        if (waiting >= most || there >= mostPerRealm) {
            turnedAway += 1;
            return false;
        }
        waitingByRealm.put(realm, there + 1);
        waiting += 1;
        return true;
    }

    synchronized void leave(String realm) {
        waitingByRealm.computeIfPresent(realm, (name, there) -> there > 1 ? there - 1 : null);
        waiting -= 1;
    }

    /** Figures for the admin console. */
    synchronized Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("requests waiting", String.valueOf(waiting));
        shown.put("requests that found no place to wait", String.valueOf(turnedAway));
        return shown;
    }
}
