/**
 * What the Keycloak provider has to know to answer at the door: before there is an account, and without this service.
 * Plain JSON, for it travels there. The provider reads it in Java, and answers as `answer.ts` does.
 */
export interface DoorPolicy {
  readonly format: 1;
  /** The rule book's version. */
  readonly version: string;
  /** The first whose patterns both match decides; none: the door is open. */
  readonly entries: readonly DoorEntry[];
  /** One for each rule file. */
  readonly lists: readonly DoorList[];
}

export interface DoorEntry {
  /** Names or globs. */
  readonly realm: string;
  readonly client: string;
  /** The place of its list in `lists`. */
  readonly list: number;
}

export interface DoorList {
  readonly file: string;
  /** Whoever registers waits at the gate. */
  readonly hold: boolean;
  /** Tried from the top. The first that surely holds decides. */
  readonly rules: readonly DoorRule[];
}

export interface DoorRule {
  readonly rule: string;
  /** 1-based line of the file. */
  readonly line: number;
  /** `null`: it always holds. */
  readonly when: DoorCondition | null;
  readonly door: Door;
  /** Of a refusal: the name of a text, or own texts by language. */
  readonly message?: string | Readonly<Record<string, string>>;
  /** Of a refusal: the field of the form that shows it; `null`: the form as a whole. */
  readonly field?: 'email' | 'username' | null;
}

/** `gate`: the account is made, and the gate holds the person until the rules have decided. */
export type Door = 'open' | 'gate' | 'refuse';

export type DoorCondition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly DoorCondition[] }
  | { readonly kind: 'not'; readonly of: DoorCondition }
  | DoorTest
  /** Nobody can know it at the door. */
  | { readonly kind: 'unknown' };

/** One condition, by its key, and what it compares with. */
export type DoorTest = {
  [Key in keyof DoorOperands]: { readonly kind: 'is'; readonly key: Key; readonly operand: DoorOperands[Key] };
}[keyof DoorOperands];

/** What each condition that can be known at the door compares with. */
export interface DoorOperands {
  /** In lower case, as DNS has them. */
  readonly 'email-domain': { readonly exact: readonly string[]; readonly globs: readonly string[] };
  /** Globs in lower case, as those of user names. */
  readonly email: { readonly globs: readonly string[] };
  readonly username: { readonly globs: readonly string[] };
  readonly source: readonly string[];
  readonly ip: readonly { readonly network: string; readonly bits: number }[];
  readonly locale: readonly string[];
  readonly time: {
    readonly days?: readonly string[] | undefined;
    readonly hours?: string | undefined;
    readonly zone: string;
  };
  /** By name in lower case. */
  readonly 'request-header': Readonly<Record<string, readonly string[]>>;
}
