package dev.vestibule.keycloak.gate;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.KeycloakSession;

/**
 * Tells those who wait on this server that an administrator, such as Vestibule, has changed a user. Of changes through other
 * servers of the cluster it knows nothing: whoever waits has to look now and then as well.
 */
public final class UserChanges {

    private static final String LISTENER = "vestibule";
    private static final String USERS = "users/";
    private static final UserChanges NO_LISTENER = new UserChanges();

    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();

    /** Keeps the changes of a server. */
    public interface Keeper {
        UserChanges userChanges();
    }

    /** For one who waits. */
    interface Watch extends AutoCloseable {

        /** Returns when the user has changed since the watch began or this returned last; else when the time is over. */
        void await(Duration most) throws InterruptedException;

        @Override
        void close();
    }

    static UserChanges of(KeycloakSession session) {
        return session.getKeycloakSessionFactory().getProviderFactory(EventListenerProvider.class, LISTENER)
                        instanceof Keeper keeper
                ? keeper.userChanges()
                : NO_LISTENER;
    }

    /** Whether the event says that an account itself was changed or deleted. A group that it joined changes nothing here. */
    public static boolean isIn(AdminEvent event) {
        return event.getResourceType() == ResourceType.USER
                && (event.getOperationType() == OperationType.UPDATE || event.getOperationType() == OperationType.DELETE)
                && event.getResourcePath() != null
                && event.getResourcePath().startsWith(USERS)
                && event.getResourcePath().indexOf('/', USERS.length()) == -1;
    }

    /** To be called when all can see the change. */
    public void committed(AdminEvent event) {
        String userId = event.getResourcePath().substring(USERS.length());
        for (Waiting one : waiting) {
            if (one.userId.equals(userId)) {
                one.changes.release();
            }
        }
    }

    Watch watch(String userId) {
        Waiting one = new Waiting(userId);
        waiting.add(one);
        return one;
    }

    private final class Waiting implements Watch {

        private final String userId;
        private final Semaphore changes = new Semaphore(0);

        Waiting(String userId) {
            this.userId = userId;
        }

        @Override
        public void await(Duration most) throws InterruptedException {
            if (changes.tryAcquire(most.toNanos(), TimeUnit.NANOSECONDS)) {
                changes.drainPermits(); // one look sees all of them
            }
        }

        @Override
        public void close() {
            waiting.remove(this);
        }
    }
}
