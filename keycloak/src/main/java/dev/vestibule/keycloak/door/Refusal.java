package dev.vestibule.keycloak.door;

import dev.vestibule.keycloak.door.policy.Answer;
import dev.vestibule.keycloak.door.policy.Message;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.events.EventBuilder;
import org.keycloak.events.EventType;
import org.keycloak.models.ClientModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.FormMessage;

/** What becomes of an answer that refuses: an event, and a page or a message on the form. */
final class Refusal {

    private static final String PAGE = "vestibule-closed.ftl";

    private final Answer answer;

    Refusal(Answer answer) {
        this.answer = answer;
    }

    /**
     * Ends the flow with a page. The event is one of a registration, whatever the person came by. It is a copy: Keycloak sends
     * the flow's own event once more at the end of a first broker login.
     */
    void end(AuthenticationFlowContext context, String error, String method) {
        EventBuilder event = context.getEvent().clone().event(EventType.REGISTER).detail("register_method", method);
        describe(event);
        event.error(error);
        ClientModel client = context.getAuthenticationSession().getClient();
        String name = client.getName();
        Message message = answer.message();
        context.failure(AuthenticationFlowError.ACCESS_DENIED, context.form()
                .setStatus(Response.Status.FORBIDDEN)
                .setAttribute("vestibuleRefusal", message.isNamed() ? key(message) : "vestibuleRefusal")
                .setAttribute("vestibuleRefusalText", message.text(context.getSession().getContext().resolveLocale(null)))
                .setAttribute("vestibuleApplication", name == null || name.isBlank() ? client.getClientId() : name)
                .createForm(PAGE));
    }

    /** Says in the event which rule refused. */
    void describe(EventBuilder event) {
        event.detail("vestibule_rule", answer.rule());
        event.detail("vestibule_file", answer.file());
        event.detail("vestibule_policy", answer.version());
    }

    /**
     * For the form.
     *
     * @param fields those that the form has: a message at any other would not be shown
     */
    FormMessage message(Set<String> fields, Locale locale) {
        Message message = answer.message();
        return new FormMessage(field(fields), message.isNamed() ? key(message) : harmless(message.text(locale)));
    }

    /** Where the e-mail address is the user name, the form asks for the address alone. */
    private String field(Set<String> fields) {
        if (answer.field() == null || fields.contains(answer.field())) {
            return answer.field();
        }
        return fields.contains(UserModel.EMAIL) ? UserModel.EMAIL : null;
    }

    private static String key(Message message) {
        return "vestibuleRefusal" + Arrays.stream(message.name().split("-"))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }

    /**
     * Plain text that stays as it is, whatever the theme does with it: some templates escape a message, others take it for
     * HTML and clean it. A word joiner, which nobody sees, makes no tag and no entity of what it follows.
     */
    static String harmless(String text) {
        return text.replaceAll("[<&]", "$0\u2060");
    }
}
