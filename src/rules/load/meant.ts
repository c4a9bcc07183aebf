import { didYouMean } from '../../platform/did-you-mean.ts';

/** Words that people try first, and the words of rule files that they may mean; the place decides which one. */
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    // Keys of a file and of a rule.
    app: ['application'],
    client: ['clients'],
    lang: ['language', 'locale'],
    if: ['when'],
    conditions: ['when'],
    steps: ['then'],
    do: ['then'],
    actions: ['then'],
    title: ['name'],
    dry_run: ['dry-run'],
    // Conditions.
    domain: ['email-domain'],
    domains: ['email-domain'],
    'mail-domain': ['email-domain'],
    mail: ['email', 'notify-user'],
    address: ['email'],
    verified: ['email-verified'],
    user: ['username'],
    name: ['username', 'application'],
    idp: ['source'],
    provider: ['source'],
    broker: ['source'],
    'identity-provider': ['source'],
    network: ['ip'],
    language: ['locale'],
    header: ['request-header'],
    headers: ['request-header'],
    hours: ['time'],
    days: ['time'],
    rate: ['registrations-over'],
    registrations: ['registrations-over'],
    and: ['all'],
    or: ['any'],
    // Steps.
    disable: ['disable-user'],
    block: ['disable-user'],
    enable: ['enable-user'],
    logout: ['log-out-user'],
    delete: ['delete-user'],
    remove: ['delete-user'],
    'delete-account': ['delete-user'],
    group: ['join-group'],
    'add-to-group': ['join-group'],
    'remove-from-group': ['leave-group'],
    role: ['grant-role'],
    'assign-role': ['grant-role'],
    'add-role': ['grant-role'],
    'remove-role': ['revoke-role'],
    attribute: ['set-user-attribute'],
    'set-attribute': ['set-user-attribute'],
    'required-action': ['add-required-action'],
    email: ['notify-user'],
    'send-mail': ['notify-user'],
    hook: ['webhook'],
    approval: ['request-approval'],
    // Keys of an approval.
    approve: ['approved', 'request-approval'],
    accepted: ['approved'],
    reject: ['rejected'],
    denied: ['rejected'],
    refused: ['rejected'],
    refuse: ['refuse-registration'],
    'close-registration': ['refuse-registration'],
    gate: ['hold'],
    expire: ['expired'],
    expires: ['expire-after'],
    timeout: ['expire-after'],
    remind: ['remind-after'],
    quorum: ['need'],
    votes: ['need'],
  }),
);

/** The known word that somebody meant by another, as `did you mean "email-domain"?`; else nothing. */
export function meantBy(word: string, known: readonly string[]): string {
  const same = synonyms.get(word.toLowerCase())?.find((candidate) => known.includes(candidate));
  return same === undefined ? didYouMean(word, known) : `did you mean "${same}"?`;
}
