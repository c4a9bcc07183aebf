package dev.vestibule.keycloak.gate;

import java.time.Duration;

/** A watch that tells of changes when a test wants it. */
record Changes(Pause pause) implements UserChanges.Watch {

    interface Pause {
        void of(Duration most) throws InterruptedException;
    }

    @Override
    public void await(Duration most) throws InterruptedException {
        pause.of(most);
    }

    @Override
    public void close() {
        // holds nothing
    }
}
