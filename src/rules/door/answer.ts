import { matchesGlob } from '../../platform/glob.ts';
import { evaluate, type Visitor } from './evaluate.ts';
import type { Door, DoorList, DoorPolicy, DoorRule } from './policy.ts';

export interface DoorAnswer {
  readonly door: Door;
  /** Of a refusal; else `null`, as all that follows. */
  readonly rule: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string | Readonly<Record<string, string>> | null;
  readonly field: 'email' | 'username' | null;
}

/** How far the rules could be followed at the door. */
export interface Judged {
  /** `null`: no file names the client. */
  readonly list: DoorList | null;
  /** The rule that surely holds, while those before it surely do not. */
  readonly rule: DoorRule | null;
  /** The first rule of which nobody knows at the door whether it holds. It ends the list. */
  readonly unknown: DoorRule | null;
  /** Whether that is so because of what the person typed or sent. Then they are not let in for that. */
  readonly unclear: boolean;
}

/** What the Keycloak provider answers. It does so in Java; `test/door/corpus.json` holds both to the same answers. */
export function answer(policy: DoorPolicy, visitor: Visitor): DoorAnswer {
  const { list, rule, unclear } = judge(policy, visitor);
  if (list === null) {
    return open;
  }
  if (rule === null) {
    return list.hold || unclear ? gate : open;
  }
  return rule.door === 'refuse' ? refusal(list, rule) : rule.door === 'gate' ? gate : open;
}

export function judge({ entries, lists }: DoorPolicy, visitor: Visitor): Judged {
  const entry = entries.find(
    ({ realm, client }) => matchesGlob(realm, visitor.realm) && matchesGlob(client, visitor.client),
  );
  const list = (entry && lists[entry.list]) ?? null;
  for (const rule of list?.rules ?? []) {
    const holds = rule.when === null || evaluate(rule.when, visitor);
    if (holds === true) {
      return { list, rule, unknown: null, unclear: false };
    }
    if (holds !== false) {
      return { list, rule: null, unknown: rule, unclear: holds === 'unclear' };
    }
  }
  return { list, rule: null, unknown: null, unclear: false };
}

const none = { rule: null, file: null, line: null, message: null, field: null } as const;
const open: DoorAnswer = { door: 'open', ...none };
const gate: DoorAnswer = { door: 'gate', ...none };

function refusal({ file }: DoorList, { rule, line, message = 'closed', field = null }: DoorRule): DoorAnswer {
  return { door: 'refuse', rule, file, line, message, field };
}
