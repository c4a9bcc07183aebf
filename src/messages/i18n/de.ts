import type { Message } from './en.ts';

export const de: Readonly<Record<Message, string>> = {
  greeting: 'Guten Tag,',
  closing:
    'Diese Mail hat ein Programm verschickt. Falls Sie sich nicht registriert haben, brauchen Sie nichts zu tun.',

  'pending.subject': 'Ihre Registrierung für {application} wird geprüft',
  'pending.body':
    'Danke für Ihre Registrierung für {application}. Dort sieht sich jemand jede Registrierung zuerst an. Bis dahin können Sie sich nicht anmelden. Sobald entschieden ist, erhalten Sie eine Mail; Sie brauchen nichts zu tun.',
  'pending-open.subject': 'Ihre Registrierung für {application} wird geprüft',
  'pending-open.body':
    'Danke für Ihre Registrierung für {application}. Dort entscheidet jemand, was Sie dort tun dürfen. Sobald entschieden ist, erhalten Sie eine Mail; Sie brauchen nichts zu tun.',
  'verify.subject': 'Ihre Registrierung für {application}: bitte bestätigen Sie Ihre Adresse',
  'verify.body':
    'Danke für Ihre Registrierung für {application}. Bitte bestätigen Sie zuerst Ihre Adresse: Der Link steht in einer weiteren Mail, die Sie erhalten. Außerdem muss jemand bei {application} zustimmen; sobald entschieden ist, erhalten Sie eine Mail.',
  'confirmed.subject': 'Ihre Adresse für {application} ist bestätigt',
  'confirmed.body':
    'Vielen Dank: Ihre Adresse ist bestätigt, und die Verantwortlichen für {application} sind gefragt. Sobald entschieden ist, bekommen Sie eine Mail. Sie müssen nichts weiter tun.',
  'approved.subject': 'Ihre Registrierung für {application} ist angenommen',
  'approved.body': 'Ihre Registrierung für {application} ist angenommen. Sie können sich jetzt anmelden.',
  'rejected.subject': 'Ihre Registrierung für {application} wurde nicht angenommen',
  'rejected.body': 'Ihre Registrierung für {application} wurde nicht angenommen.',
  'rejected.next': 'Halten Sie das für einen Irrtum, fragen Sie bitte bei {application} nach.',
  'expired.subject': 'Ihre Registrierung für {application} ist abgelaufen',
  'expired.body': 'Über Ihre Registrierung für {application} hat niemand rechtzeitig entschieden, sie ist abgelaufen.',
  'expired.next': 'Wenn Sie weiterhin Zugang brauchen, fragen Sie bitte bei {application} nach.',
  'expired.next.now': 'Sie können sich gern erneut registrieren.',
  'expired.next.later':
    'Danach können Sie sich erneut registrieren. Brauchen Sie vorher Zugang, fragen Sie bitte bei {application} nach.',
  'refused.subject': 'Ihre Registrierung für {application} wurde nicht akzeptiert',
  'refused.body':
    'Ihre Registrierung für {application} wurde nicht akzeptiert. Falls Sie eine Wegwerfadresse verwendet haben, nehmen Sie bitte eine dauerhafte.',
  'withdrawn.subject': 'Ihre Anfrage für {application} ist zurückgezogen',
  'withdrawn.body': 'Sie haben Ihre Anfrage um Zugang zu {application} zurückgezogen.',
  'withdrawn.kept':
    'Ihr Konto wurde nicht gelöscht: Es ist vor automatischem Löschen geschützt. Wenn es gelöscht werden soll, fragen Sie bitte bei {application} nach.',
  'fate.closed': 'Sie können sich nicht anmelden.',
  'fate.now': 'Ihr Konto wird gelöscht, mit allem, was dazu gespeichert ist.',
  'fate.later': 'Ihr Konto wird am {date} gelöscht. Bis dahin sind sein Benutzername und seine Adresse vergeben.',
  'disabled.subject': '{application} ist nicht zur Registrierung offen',
  'disabled.body':
    '{application} ist nicht zur Registrierung offen, das angelegte Konto kann daher nicht benutzt werden. Wenn Sie Zugang brauchen, fragen Sie bitte bei {application} nach.',
  'undone.subject': 'Ihr Konto für {application} funktioniert wieder',
  'undone.body':
    'Eine Zeit lang konnten Sie Ihr Konto für {application} nicht benutzen. Das war unser Fehler. Sie können sich jetzt anmelden.',
  'welcome.subject': 'Willkommen bei {application}',
  'welcome.body': 'Willkommen! Sie sind für {application} registriert und können gleich loslegen.',
  'deleted.subject': 'Ihr Konto für {application} wurde gelöscht',
  'deleted.body': 'Ihr Konto für {application} wurde gelöscht, mit allem, was dazu gespeichert war.',

  'ask.subject': 'Registrierung für {application}: bitte entscheiden',
  'ask.reminder': 'Erinnerung: Registrierung für {application} wartet auf Sie',
  'ask.intro':
    'Jemand hat sich für {application} registriert, und Sie werden gefragt, ob die Person hereinkommen soll.',
  'ask.button': 'Ansehen und entscheiden',
  'ask.hint': 'Der Knopf öffnet eine Seite. Es geschieht nichts, bevor Sie dort Annehmen oder Ablehnen drücken.',
  'ask.until': 'Sie können bis {date} entscheiden.',
  'ask.typed': 'Was die Person über sich angegeben hat, ungeprüft:',

  'fact.username': 'Benutzername',
  'fact.email': 'E-Mail',
  'fact.email.verified': 'Bestätigte Adresse',
  'fact.email.stated': 'Angegebene Adresse, nicht bestätigt',
  'fact.name': 'Name',
  'fact.reason': 'Grund für die Anfrage',
  'fact.application': 'Anwendung',
  'fact.registered': 'Registriert',
  'fact.from': 'Von wo',
  'fact.from.only': '{ip} (von dort keine weitere Registrierung in 24 Stunden)',
  'fact.from.more': '{ip} (weitere von dort in 24 Stunden: {count})',
  'fact.source': 'Über',
  'fact.rule': 'Sie werden gefragt wegen der Regel',
  'fact.careful': 'Genau hinsehen',
  'fact.mixed': '{what}: mischt Buchstaben aus {scripts}, von denen manche gleich aussehen',
  'fact.none': 'keine Angabe',
  'source.form': 'Registrierungsformular',

  'then.approve': 'Wenn Sie annehmen',
  'then.reject': 'Wenn Sie ablehnen',
  'then.nothing': 'geschieht nichts weiter',
  'then.enable': 'wird das Konto geöffnet',
  'then.tell': 'erfährt es die Person per Mail',
  'then.join-group': 'kommt die Person in die Gruppe {name}',
  'then.leave-group': 'verlässt die Person die Gruppe {name}',
  'then.grant-role': 'erhält die Person die Rolle {name}',
  'then.revoke-role': 'verliert die Person die Rolle {name}',
  'then.disable-user': 'wird das Konto gesperrt',
  'then.enable-user': 'wird das Konto entsperrt',
  'then.log-out-user': 'wird die Person abgemeldet',
  'then.delete-user': 'wird das Konto gelöscht',
  'then.set-user-attribute': 'wird das Attribut {name} gesetzt',
  'then.add-required-action': 'muss die Person bei der nächsten Anmeldung {name} erledigen',
  'then.remove-required-action': 'muss die Person {name} nicht erledigen',
  'then.notify-user': 'erfährt es die Person per Mail',
  'then.notify': 'erfahren es die Verantwortlichen per Mail',
  'then.webhook': 'erfährt es ein anderes System',
  'then.request-approval': 'werden andere gefragt',
  'then.refuse-registration': 'wird die Registrierung abgelehnt',
  'then.later': '{what} (Frist: {time})',

  'page.title': 'Registrierung für {application}',
  'page.approve': 'Annehmen',
  'page.reject': 'Ablehnen',
  'page.votes': '{count} von {need} Zustimmungen bisher.',
  'page.voted': 'Sie haben am {date} mit „{verdict}“ gestimmt. Andere müssen noch entscheiden.',
  'page.approved': 'Angenommen von {who} am {date}.',
  'page.rejected': 'Abgelehnt von {who} am {date}.',
  'page.expired': 'Niemand hat rechtzeitig entschieden. Die Registrierung ist am {date} abgelaufen.',
  'page.obsolete': 'Das Konto gibt es nicht mehr. Es ist nichts mehr zu entscheiden.',
  'page.withdrawn': 'Die Person hat ihre Anfrage am {date} zurückgezogen. Es ist nichts mehr zu entscheiden.',
  'page.own':
    'Das ist Ihre eigene Registrierung. Über sich selbst können Sie nicht entscheiden; Ihre Stimme zählt nicht.',
  'page.unread': 'Keycloak antwortet gerade nicht, deshalb wird die Person nicht angezeigt.',
  'page.late.own': 'Es gilt Ihre Stimme „{verdict}“ vom {date}. Dieser Knopfdruck hat nichts geändert.',
  'page.late.others': 'Ihr Knopfdruck kam später. Er hat nichts geändert.',
  'page.changed':
    'Noch nicht gezählt: Seit Sie die Seite geöffnet haben, haben sich Angaben zur Person geändert: {fields}. Bitte sehen Sie noch einmal hin und entscheiden Sie dann.',
  'page.reopened':
    'Benutzername, Adresse oder Name der Person haben sich seit einer früheren Stimme geändert. Diese Stimme zählt nicht mehr, deshalb wird noch einmal gefragt.',
  'page.stays.administrator':
    'Das Konto bleibt gesperrt: Außer diesem Dienst hat es auch jemand aus der Administration gesperrt. Nur die Administration kann es entsperren.',
  'page.stays.not-ours':
    'Das Konto bleibt gesperrt: Nicht dieser Dienst hat es gesperrt. Nur die Administration kann es entsperren.',
  'page.stays.rule': 'Das Konto bleibt gesperrt: Die Regel hat keinen Schritt, der es entsperrt.',
  'page.disabled.administrator':
    'Außer diesem Dienst hat auch jemand aus der Administration dieses Konto gesperrt. Es bleibt gesperrt, auch wenn Sie annehmen.',
  'page.disabled.not-ours':
    'Dieses Konto ist gesperrt, und nicht von diesem Dienst. Es bleibt gesperrt, auch wenn Sie annehmen.',
  'page.disabled.rule':
    'Dieses Konto ist gesperrt. Es bleibt gesperrt, auch wenn Sie annehmen: Die Regel hat keinen Schritt, der es entsperrt.',
  'page.enabled': 'Jemand hat dieses Konto bereits entsperrt.',
  'shown.username': 'Benutzername',
  'shown.email': 'E-Mail',
  'shown.verified': 'ob die E-Mail-Adresse bestätigt ist',
  'shown.name': 'Name',
  'shown.attributes': 'weitere Angaben',
  'shown.enabled': 'ob das Konto gesperrt ist',
  'page.you': 'Ihnen',
  'page.settling': 'Es wird gerade ausgeführt. Laden Sie die Seite neu, um das Ergebnis zu sehen.',
  'page.received':
    'Ihre Stimme „{verdict}“ vom {date} ist angekommen und wird gerade gespeichert. Sie zählt, sobald sie gespeichert ist; vorher geschieht nichts. Laden Sie die Seite neu, um das Ergebnis zu sehen.',
  'page.recording':
    'Eine Entscheidung ist angekommen und wird gerade gespeichert. Vorher geschieht nichts. Laden Sie die Seite neu, um das Ergebnis zu sehen.',
  'page.settled': 'Alles, was daraus folgt, ist erledigt.',
  'page.close': 'Sie können diese Seite schließen.',

  'withdraw.link': 'Haben Sie es sich anders überlegt, oder waren Sie das nicht? Anfrage zurückziehen',
  'withdraw.title': 'Ihre Anfrage für {application} zurückziehen?',
  'withdraw.title.done': 'Ihre Anfrage für {application} ist zurückgezogen',
  'withdraw.title.late': 'Ihre Anfrage für {application} ist nicht mehr offen',
  'withdraw.waits': 'Sie haben am {date} um Zugang zu {application} gebeten. Darüber ist noch nicht entschieden.',
  'withdraw.what':
    'Wenn Sie die Anfrage zurückziehen, entscheidet niemand mehr darüber, und Ihr Konto wird mit allem gelöscht, was dazu gespeichert ist. Das lässt sich nicht rückgängig machen, aber Sie können sich jederzeit neu registrieren.',
  'withdraw.button': 'Zurückziehen und Konto löschen',
  'withdraw.keep': 'Wenn Sie lieber auf die Entscheidung warten, schließen Sie diese Seite: Es ändert sich nichts.',
  'withdraw.recording':
    'Ihr Rückzug ist eingegangen und wird gerade festgehalten. Laden Sie die Seite gleich noch einmal, um das Ergebnis zu sehen.',
  'withdraw.done': 'Sie haben Ihre Anfrage am {date} zurückgezogen.',
  'withdraw.settling':
    'Ihr Konto wird gerade gelöscht. Laden Sie die Seite gleich noch einmal, um das Ergebnis zu sehen.',
  'withdraw.deleted': 'Ihr Konto ist gelöscht, mit allem, was dazu gespeichert war.',
  'withdraw.decided':
    'Über Ihre Anfrage wurde am {date} entschieden, sie lässt sich daher nicht mehr zurückziehen. Das Ergebnis steht in der Mail, die Sie bekommen haben.',
  'withdraw.expired':
    'Über Ihre Anfrage wurde nicht rechtzeitig entschieden. Sie ist am {date} zu Ende gegangen, es gibt also nichts mehr zurückzuziehen.',
  'withdraw.obsolete': 'Das Konto gibt es nicht mehr. Es gibt also nichts mehr zurückzuziehen.',

  'error.title.400': 'Diese Anfrage ist nicht lesbar',
  'error.body.400': 'Bitte öffnen Sie den Link noch einmal aus der Mail.',
  'error.title.405': 'Das geht hier nicht',
  'error.body.405': 'Bitte öffnen Sie den Link aus der Mail und drücken Sie dort den Knopf.',
  'error.title.404': 'Dieser Link ist nicht gültig',
  'error.body.404': 'Vielleicht wurde er nicht ganz kopiert. Bitte öffnen Sie ihn noch einmal aus der Mail.',
  'error.title.410': 'Dieser Link ist abgelaufen',
  'error.body.410': 'Die Zeit zum Entscheiden ist vorbei.',
  'error.title.403': 'Das kam nicht von der Seite selbst',
  'error.body.403': 'Bitte öffnen Sie den Link aus der Mail und drücken Sie dort den Knopf.',
  'error.title.415': 'Das kam nicht von der Seite selbst',
  'error.body.415': 'Bitte öffnen Sie den Link aus der Mail und drücken Sie dort den Knopf.',
  'error.title.413': 'Es wurde zu viel gesendet',
  'error.body.413': 'Bitte öffnen Sie den Link aus der Mail und drücken Sie dort den Knopf.',
  'error.title.429': 'Zu viele Versuche',
  'error.body.429': 'Bitte warten Sie eine Minute und versuchen Sie es noch einmal.',
  'error.title.503': 'Bitte kommen Sie in einer Minute wieder',
  'error.body.503':
    'Ein System hinter dieser Seite antwortet nicht. Öffnen Sie den Link in einer Minute noch einmal: Die Seite zeigt dann, ob Ihre Entscheidung angekommen ist.',
  'error.title.500': 'Etwas ist schiefgegangen',
  'error.body.500': 'Bitte versuchen Sie es in einer Minute noch einmal.',
  'error.id': 'Für die Fehlersuche: {id}',
};
