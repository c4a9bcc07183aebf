package dev.vestibule.keycloak.flow;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.ConfigurableAuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderFactory;

/**
 * What our steps of flows have in common: each is required or switched off, no user sets one up, and the server has no
 * options for them. What is to be set is set per flow, in rules and at clients.
 */
public interface FlowStep<T extends Provider> extends ProviderFactory<T>, ConfigurableAuthenticatorFactory {

    @Override
    default String getReferenceCategory() {
        return getId();
    }

    @Override
    default boolean isConfigurable() {
        return !getConfigProperties().isEmpty();
    }

    @Override
    default boolean isUserSetupAllowed() {
        return false;
    }

    @Override
    default Requirement[] getRequirementChoices() {
        return new Requirement[] {Requirement.REQUIRED, Requirement.DISABLED};
    }

    @Override
    default List<ProviderConfigProperty> getConfigProperties() {
        return List.of();
    }

    @Override
    default void init(Config.Scope scope) {
        // no options
    }

    @Override
    default void postInit(KeycloakSessionFactory sessions) {
        // nothing to prepare
    }

    @Override
    default void close() {
        // holds nothing
    }
}
