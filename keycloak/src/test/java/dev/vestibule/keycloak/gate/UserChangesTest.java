package dev.vestibule.keycloak.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;

@DisplayName("Changes of users")
class UserChangesTest {

    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final UserChanges changes = new UserChanges();

    @Test
    @DisplayName("wake all who wait for that user, also those who were looking just then")
    void wake() {
        UserChanges.Watch one = changes.watch("ann-id");
        UserChanges.Watch other = changes.watch("ann-id");

        changes.committed(event(ResourceType.USER, OperationType.UPDATE, "users/ann-id"));

        assertTimeoutPreemptively(LONG, () -> one.await(FOR_EVER));
        assertTimeoutPreemptively(LONG, () -> other.await(FOR_EVER));
    }

    @Test
    @DisplayName("wake nobody twice, and nobody who waits for another user")
    void others() throws InterruptedException {
        UserChanges.Watch ann = changes.watch("ann-id");
        UserChanges.Watch bob = changes.watch("bob-id");
        changes.committed(event(ResourceType.USER, OperationType.UPDATE, "users/ann-id"));
        changes.committed(event(ResourceType.USER, OperationType.UPDATE, "users/ann-id"));
        ann.await(FOR_EVER);

        assertWaits(ann);
        assertWaits(bob);
    }

    @Test
    @DisplayName("reach nobody who does not wait any more")
    void closed() throws InterruptedException {
        UserChanges.Watch gone = changes.watch("ann-id");
        gone.close();

        changes.committed(event(ResourceType.USER, OperationType.UPDATE, "users/ann-id"));

        assertWaits(gone);
    }

    @ParameterizedTest
    @CsvSource({
        "USER, UPDATE, users/ann-id, true",
        "USER, DELETE, users/ann-id, true",
        "USER, CREATE, users/ann-id, false",
        "USER, ACTION, users/ann-id/logout, false",
        "USER, DELETE, users/ann-id/consents/portal, false",
        "USER, UPDATE, , false",
        "GROUP_MEMBERSHIP, CREATE, users/ann-id/groups/readers-id, false",
        "CLIENT, UPDATE, clients/portal-id, false",
    })
    @DisplayName("are in the admin events of an account that is changed or deleted")
    void isIn(ResourceType type, OperationType operation, String path, boolean change) {
        assertEquals(change, UserChanges.isIn(event(type, operation, path)));
    }

    private static void assertWaits(UserChanges.Watch watch) throws InterruptedException {
        Duration moment = Duration.ofMillis(20);
        long start = System.nanoTime();
        watch.await(moment);
        assertEquals(true, System.nanoTime() - start >= moment.toNanos());
    }

    private static AdminEvent event(ResourceType type, OperationType operation, String path) {
        AdminEvent event = new AdminEvent();
        event.setResourceType(type);
        event.setOperationType(operation);
        event.setResourcePath(path);
        return event;
    }
}
