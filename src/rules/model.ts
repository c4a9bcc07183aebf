import type { UserFacts } from '../ingest/user.ts';
import type { Registration } from '../ingest/registration.ts';

/** All rule files in force, checked. Immutable; a reload makes a new one. */
export interface RuleBook {
  /** Short hash of all files' contents: which rules decided. Part of every audit record. */
  readonly version: string;
  readonly files: readonly RuleFile[];
  /** Texts of mails that stand in place of the built-in ones. Absent: there are none. */
  readonly templates?: readonly TemplateText[];
}

/** A file of the folder `templates`, as it was read. */
export interface TemplateText {
  /** Path relative to the rules folder, with `/`. */
  readonly file: string;
  readonly text: string;
}

export interface RuleFile {
  /** Path relative to the rules folder, with `/`. */
  readonly file: string;
  /** Realm names, or `['*']`. */
  readonly realms: readonly string[];
  /** Client ids, globs, or `['*']`. */
  readonly clients: readonly string[];
  /** What people call the application; else the client's name in Keycloak, else the client id. */
  readonly application: string | null;
  /** In which mails go to approvers whose own language is not known; English where the file does not say. */
  readonly language?: string | null;
  /** IANA name of the time zone of approvers whose own is not known, such as `Europe/Berlin`; UTC where it is absent. */
  readonly timeZone?: string;
  /** How the mails of this file look, and whom they come from. Absent: as all others. */
  readonly mail?: MailLook;
  /** `gate`: whoever registers waits at the gate until the rules have decided. */
  readonly hold: 'gate' | null;
  readonly rules: readonly Rule[];
}

/** The key `mail` of a rule file. */
export interface MailLook {
  /** Sender, such as `Partner desk <desk@acme.com>`. */
  readonly from?: string;
  readonly replyTo?: string;
  /** Where a person who has a question can ask: a mail address or an `https` link. */
  readonly contact?: string;
  /** Of buttons, `#rrggbb`. */
  readonly color?: string;
  readonly logo?: LogoImage;
  /** Where the application is, if Keycloak does not know it (base URL of the client). */
  readonly link?: string;
}

/** An image of the rules folder, which mails carry with them. */
export interface LogoImage {
  readonly contentType: 'image/png' | 'image/jpeg';
  readonly content: Buffer;
}

export interface Rule {
  readonly name: string;
  readonly file: string;
  /** 1-based line where the rule starts. */
  readonly line: number;
  /** `null`: always holds. */
  readonly when: Condition | null;
  readonly then: readonly Step[];
  /** Everything but the effect. */
  readonly dryRun: boolean;
}

/** A condition as the loader leaves it: a key of the registry with its checked operand, or a nesting. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'is'; readonly key: string; readonly operand: unknown };

/** A role of the realm, or of a client where `client` is given. */
export interface RoleRef {
  readonly client?: string;
  readonly role: string;
}

export type Hold = 'gate' | 'account' | 'none';

/** Whom to ask. A chat channel is one approver: one of its members presses the button. */
export type ApproverRef =
  | { readonly email: string }
  | { readonly group: string }
  | { readonly role: string; readonly client?: string }
  | ChatRef;

/** A channel of Slack or Microsoft Teams, by the name that CHAT_WEBHOOKS gives to its address. */
export interface ChatRef {
  readonly chat: 'slack' | 'teams';
  readonly channel: string;
}

export interface ApprovalRequest {
  readonly approvers: readonly ApproverRef[];
  /** How many must agree. */
  readonly need: number | 'all';
  readonly hold: Hold;
  readonly waitFor: 'email-verified' | null;
  /** Milliseconds, like every duration behind the loader. */
  readonly remindAfter: number | null;
  readonly expireAfter: number;
  /** Further reminders, each counted from the moment at which approvers are asked. Absent: none. */
  readonly remindAgain?: readonly number[];
  /** More people are asked after a time. Absent: none. */
  readonly escalate?: { readonly after: number; readonly to: readonly ApproverRef[] };
  /** Path of a group: an approver may hand the question over to one of its members. Absent: nobody may. */
  readonly delegate?: string;
  /** Within how many ms of a mail to an approver the next questions are collected into one. Absent: none is. */
  readonly digest?: number;
  /** Name of the attribute in which people say why they want to join. */
  readonly reason?: string;
  /** In how many ms a decision usually comes, which the person is told. */
  readonly usuallyWithin?: number;
  /** Approvers who were asked and have not voted get a mail when others have decided. */
  readonly tellOthers?: true;
  /** Attributes of the person that approvers see. Absent: none. */
  readonly show?: readonly string[];
  readonly approved: readonly Step[];
  readonly rejected: readonly Step[];
  readonly expired: readonly Step[];
}

/**
 * What each step takes, by its name in rule files. Each file in `steps/` declares its own (`declare module`). So a new
 * step is one file, and this file imports none of them.
 */
export interface StepOperands {}

export type StepName = keyof StepOperands;

/** A step of a rule. Plain JSON: it travels in job data and in the snapshot of a waiting approval. */
export type Step = {
  [Name in StepName]: {
    readonly uses: Name;
    readonly with: StepOperands[Name];
    /** Milliseconds to wait; such a step looks again whether its reason still holds. `null`: at once. */
    readonly after: number | null;
  };
}[StepName];

/** A value of a condition `external`, and of an answer. */
export type Scalar = string | number | boolean;

/** What of a person may travel with a question, besides ids. */
export type Sendable = 'email' | 'username';

/** What a condition `external` asks a system of the company about a person. */
export interface Question {
  readonly url: string;
  readonly send: readonly Sendable[];
}

/** The members of an answer that rules compare. One that is not there, or has no single value, is `null` or left out. */
export type Answer = Readonly<Record<string, Scalar | null>>;

/** What `decide` may look at besides the rules. */
export interface Facts {
  readonly registration: Registration;
  /** `undefined`: not read yet; a rule that needs it makes `decide` say so. */
  readonly user?: UserFacts | undefined;
  /** How many registrations a `registrations-over` condition counts, by its key; missing: not counted yet. */
  readonly counts?: ReadonlyMap<string, number> | undefined;
  /** What a system answered; `undefined`: it was not asked yet, or not about all these members. */
  readonly answers?: ((question: Question, members: readonly string[]) => Answer | undefined) | undefined;
}

export interface RuleRef {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

export interface TraceLine extends RuleRef {
  readonly verdict: 'matched' | 'not-matched' | 'unknown' | 'not-reached';
  /** The reason with the values compared, for people. */
  readonly because: string;
  /** The reason without what the person typed, for log and audit: which conditions said so. */
  readonly grounds: string;
  /** Which systems were asked, and whether their answer is the one that the rule wants. Absent: none was. */
  readonly asked?: readonly string[];
}

export interface Decision {
  readonly kind: 'decided';
  /** The rule book's version. */
  readonly version: string;
  readonly matched: RuleRef | null;
  /** Every file and rule that was looked at, in order. */
  readonly trace: readonly TraceLine[];
  /** What to do. Steps that keep the person out come first. */
  readonly steps: readonly Step[];
  /** The same as the rule file says it, for people: what stands for other steps is still itself. */
  readonly written: readonly Step[];
  readonly application: string;
  readonly language?: string | null;
  readonly dryRun: boolean;
}

/** The rules need to know more than the event says. */
export type Missing =
  | { readonly kind: 'missing'; readonly what: 'user' }
  | {
      readonly kind: 'missing';
      readonly what: 'count';
      readonly key: string;
      readonly by: 'client' | 'ip-range' | 'domain';
      readonly windowMs: number;
    }
  | { readonly kind: 'missing'; readonly what: 'external'; readonly question: Question }
  /** Request headers that Keycloak did not look for. Nobody can ask for them later. */
  | { readonly kind: 'missing'; readonly what: 'headers'; readonly names: readonly string[] };

/** What is missing for a decision, and the rules as far as they were looked at. */
export type Undecided = Missing & Pick<Decision, 'version' | 'trace'>;
