package dev.vestibule.keycloak.door.policy;

import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/** The language of the page that a person sees. */
public final class PageLocale {

    private static final Logger LOG = Logger.getLogger(PageLocale.class);

    private PageLocale() {}

    /**
     * A language tag, or null where the realm has but one language. Never an exception: nobody's registration depends on it.
     */
    public static String of(KeycloakSession session) {
        try {
            RealmModel realm = session.getContext().getRealm();
            return realm != null && realm.isInternationalizationEnabled()
                    ? session.getContext().resolveLocale(null).toLanguageTag()
                    : null;
        } catch (RuntimeException unknown) {
            LOG.debug("The language of a registration is not known", unknown);
            return null;
        }
    }
}
