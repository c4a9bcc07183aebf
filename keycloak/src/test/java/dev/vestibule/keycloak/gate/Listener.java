package dev.vestibule.keycloak.gate;

import dev.vestibule.keycloak.door.policy.DoorPolicies;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** A listener that only keeps policies. */
record Listener(DoorPolicies doorPolicies) implements EventListenerProviderFactory, DoorPolicies.Keeper {

    @Override
    public EventListenerProvider create(KeycloakSession session) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void init(Config.Scope scope) {
        // nothing to set
    }

    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        // nothing to prepare
    }

    @Override
    public void close() {
        // holds nothing
    }

    @Override
    public String getId() {
        return "vestibule";
    }
}
