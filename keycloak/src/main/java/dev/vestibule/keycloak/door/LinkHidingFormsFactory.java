package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Door;
import dev.vestibule.keycloak.options.ProviderOptions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.keycloak.Config;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.forms.login.LoginFormsProviderFactory;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/**
 * Hides the link to a registration form that the door would not show. It makes no pages itself: it asks the provider for
 * them that Keycloak would use without it, Keycloak's own or another extension's, and sets the attribute that Keycloak's
 * templates ask for.
 */
public final class LinkHidingFormsFactory implements LoginFormsProviderFactory, ServerInfoAwareProviderFactory {

    public static final String ID = "vestibule";

    /** What Keycloak's templates test, beside the realm's own setting. */
    private static final String HIDDEN = "registrationDisabled";

    private static final String KEYCLOAKS_OWN = "freemarker";
    private static final Logger LOG = Logger.getLogger(LinkHidingFormsFactory.class);

    private boolean hides;
    private LoginFormsProviderFactory pages;

    @Override
    public String getId() {
        return ID;
    }

    /** Before all others, for it does away with none of them. */
    @Override
    public int order() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void init(Config.Scope scope) {
        ProviderOptions options = ProviderOptions.of("login", ID, scope);
        hides = options.flag("hide-link", true);
        options.refuseOthers();
    }

    /** Chooses as Keycloak does: the highest order above 0, else its own. */
    @Override
    public void postInit(KeycloakSessionFactory sessions) {
        pages = sessions.getProviderFactoriesStream(LoginFormsProvider.class)
                .map(LoginFormsProviderFactory.class::cast)
                .filter(factory -> factory != this && factory.order() > 0)
                .max(Comparator.comparingInt(LoginFormsProviderFactory::order))
                .orElseGet(() -> (LoginFormsProviderFactory)
                        sessions.getProviderFactory(LoginFormsProvider.class, KEYCLOAKS_OWN));
    }

    @Override
    public LoginFormsProvider create(KeycloakSession session) {
        LoginFormsProvider forms = pages.create(session);
        if (hides && isClosed(session)) {
            forms.setAttribute(HIDDEN, true);
        }
        return forms;
    }

    /** Never an exception: no page may fail for want of an answer, and the door itself asks again. */
    private static boolean isClosed(KeycloakSession session) {
        RealmModel realm = session.getContext().getRealm();
        ClientModel client = session.getContext().getClient();
        if (realm == null || client == null) {
            return false;
        }
        try {
            return realm.isRegistrationAllowed()
                    && Doorkeeper.answer(session, client, Applicant.atForm()).door() == Door.REFUSE
                    && hasDoor(realm, realm.getRegistrationFlow().getId());
        } catch (RuntimeException unknown) {
            LOG.debugf(unknown, "Whether people may register through client %s is not known", client.getClientId());
            return false;
        }
    }

    /** Where no door stands, people may register by the address of the form: a hidden link would not say the truth. */
    private static boolean hasDoor(RealmModel realm, String flow) {
        return realm.getAuthenticationExecutionsStream(flow).filter(step -> !step.isDisabled()).anyMatch(step ->
                step.isAuthenticatorFlow() && hasDoor(realm, step.getFlowId())
                        || DoorAuthenticatorFactory.AboveForm.ID.equals(step.getAuthenticator())
                        || DoorFormActionFactory.ID.equals(step.getAuthenticator()));
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        Map<String, String> info = new LinkedHashMap<>();
        info.put("hide-link", String.valueOf(hides));
        info.put("pages by", Objects.toString(pages == null ? null : pages.getId()));
        return info;
    }

    @Override
    public void close() {
        // the others are closed by Keycloak
    }
}
