package dev.vestibule.keycloak.door;

import org.keycloak.authentication.FormContext;
import org.keycloak.authentication.forms.RegistrationUserCreation;
import org.keycloak.models.UserModel;
import org.keycloak.userprofile.Attributes;

/** Who sent the registration form, as Keycloak's own user creation reads it. */
public final class SentForm {

    private static final RegistrationUserCreation USER_CREATION = new RegistrationUserCreation();

    private SentForm() {}

    public static Applicant applicant(FormContext context) {
        Attributes typed = USER_CREATION
                .getOrCreateUserProfile(context, context.getHttpRequest().getDecodedFormParameters())
                .getAttributes();
        String email = typed.getFirst(UserModel.EMAIL);
        String username = context.getRealm().isRegistrationEmailAsUsername() ? email : typed.getFirst(UserModel.USERNAME);
        return Applicant.ofForm(username, email);
    }
}
