package dev.vestibule.keycloak.gate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.KeycloakModelUtils;

/** Lets a browser's request wait at the gate for the decision, if there is a place to wait. */
final class WaitAtGate {

    private static final Logger LOG = Logger.getLogger(WaitAtGate.class);

    /** Reads a user as it is now. The request's own session keeps on showing it as it was when the request began. */
    interface FreshLook {
        Optional<GateState> at(KeycloakSession request, String realmId, String userId);
    }

    /** What a request is told of changes of a user while it waits. */
    interface Changes {
        UserChanges.Watch of(KeycloakSession request, String userId);
    }

    private final PendingOptions options;
    private final WaitingPlaces places;
    private final ShortWait wait;
    private final FreshLook look;
    private final Changes changes;

    WaitAtGate(PendingOptions options) {
        this(
                options,
                new ShortWait(options.patience()),
                WaitAtGate::lookInSessionOfItsOwn,
                (request, userId) -> UserChanges.of(request).watch(userId));
    }

    WaitAtGate(PendingOptions options, ShortWait wait, FreshLook look, Changes changes) {
        this.options = options;
        this.places = new WaitingPlaces(options.waitingAtOnce(), options.waitingAtOncePerRealm());
        this.wait = wait;
        this.look = look;
        this.changes = changes;
    }

    /** @return how things stand in the end: nothing when the gate does not hold the person any more */
    Optional<GateState> watch(KeycloakSession request, RealmModel realm, UserModel user) {
        String realmId = realm.getId();
        if (options.patience().isZero() || !places.enter(realmId)) {
            return GateState.lookAt(user);
        }
        String userId = user.getId();
        try (UserChanges.Watch watch = changes.of(request, userId)) {
            return wait.watch(watch, () -> look.at(request, realmId, userId));
        } catch (RuntimeException notSeen) {
            LOG.warnf(notSeen, "User %s of realm %s waits at the gate, and cannot be read: the page comes at once",
                    userId, realm.getName());
            return GateState.lookAt(user);
        } finally {
            places.leave(realmId);
        }
    }

    /** For the admin console. */
    Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>(options.shown());
        shown.putAll(places.shown());
        return shown;
    }

    private static Optional<GateState> lookInSessionOfItsOwn(KeycloakSession request, String realmId, String userId) {
        return KeycloakModelUtils.runJobInTransactionWithResult(request.getKeycloakSessionFactory(), session -> {
            RealmModel realm = session.realms().getRealm(realmId);
            session.getContext().setRealm(realm);
            return GateState.lookAt(realm == null ? null : session.users().getUserById(realm, userId));
        });
    }
}
