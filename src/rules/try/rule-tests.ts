import { isDeepStrictEqual } from 'node:util';
import { isScalar, type Node } from 'yaml';
import { z } from 'zod';

import type { Registration } from '../../ingest/registration.ts';
import { decide } from '../decide/decide.ts';
import { describedHeaders } from '../decide/headers-named.ts';
import { answer, type DoorAnswer } from '../door/answer.ts';
import { compilePolicy } from '../door/compile-policy.ts';
import type { DoorPolicy } from '../door/policy.ts';
import { visitorOf } from '../door/visitor.ts';
import { readOperand } from '../load/operand.ts';
import { readStep } from '../load/then.ts';
import type { Decision, Facts, RuleBook } from '../model.ts';
import type { UserFacts } from '../../ingest/user.ts';
import type { Problem } from '../load/problem.ts';
import { readList, readMap, type Reading } from '../load/reading.ts';
import { nodeAt, plain, readYaml } from '../load/yaml-document.ts';
import { refusalInWords } from './step-in-words.ts';
import { differenceOf, type ExpectedStep, sameSteps } from './step-difference.ts';

/** The time of a case that names none. It is always the same, so that no test passes by day and fails by night. */
const wednesdayNoon = '2026-01-07T12:00:00Z';

const testCase = z.strictObject({
  name: z.string().min(1),
  event: z.strictObject({
    realm: z.string(),
    client: z.string(),
    email: z.string().nullable().default(null),
    username: z.string().default('somebody'),
    source: z.string().default('form'),
    ip: z.string().nullable().default(null),
    headers: z.record(z.string().toLowerCase(), z.string()).default({}),
    time: z.iso
      .datetime({ offset: true, error: 'must be a time such as "2026-11-24T10:00:00Z"' })
      .default(wednesdayNoon),
  }),
  user: z
    .strictObject({
      'email-verified': z.boolean().default(false),
      locale: z.string().nullable().default(null),
      attributes: z.record(z.string(), z.array(z.string())).default({}),
    })
    .prefault({}),
  registrations: z.int().min(1).default(1),
  external: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])))
    .default({}),
  expect: z
    .strictObject({
      rule: z.string().nullable().optional(),
      steps: z.array(z.unknown()).optional(),
      door: z.enum(['open', 'gate', 'refuse'], { error: 'must be open, gate or refuse' }).optional(),
      message: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
    })
    .refine(({ rule, door }) => rule !== undefined || door !== undefined, { error: 'must name a rule, or the door' })
    .refine(({ message, door }) => message === undefined || door === 'refuse', {
      error: 'goes with "door: refuse"',
      path: ['message'],
    }),
});

type Case = z.output<typeof testCase>;

export interface TestResult {
  readonly passed: number;
  readonly problems: readonly Problem[];
}

/** Runs the cases of one `*.test.yaml` against the rules. A case that fails is a problem at its place. */
export function runRuleTests(book: RuleBook, file: string, text: string): TestResult {
  const { root, report } = readYaml(file, text);
  if (report.failed) {
    return { passed: 0, problems: report.problems };
  }
  const elsewhere = () => ({ problem: 'list files and images belong into rule files' });
  const reading: Reading = { file, report, readList: elsewhere, readLogo: elsewhere };
  const cases = readMap(reading, root, '', ['cases']).get('cases');
  const nodes = readList(reading, cases?.value, 'cases', cases?.keyNode ?? root);
  const policy = compilePolicy(book);
  const passed = nodes.filter((node, index) => passes(reading, { book, policy }, node, `cases[${index}]`));
  return { passed: passed.length, problems: report.problems };
}

interface Tested {
  readonly book: RuleBook;
  /** The same rules for the door. */
  readonly policy: DoorPolicy;
}

function passes(reading: Reading, { book, policy }: Tested, node: Node, place: string): boolean {
  const { report } = reading;
  const given = readOperand(reading, testCase, { node, keyNode: node, place, given: plain(node) });
  if (given === null) {
    return false;
  }
  const facts = factsOf(book, given);
  const expected = nodeAt(node, ['expect']);
  const otherDoor = doorDifference(given, policy, facts);
  if (otherDoor !== null) {
    report.add(nodeAt(expected, ['door']), `"${given.name}": ${otherDoor}`);
    return false;
  }
  if (given.expect.rule === undefined && given.expect.steps === undefined) {
    return true;
  }
  const decision = decide(book, facts);
  if (decision.kind === 'missing') {
    if (decision.what !== 'external') {
      throw new TypeError('a rule asks for something that every case says');
    }
    const { url } = decision.question;
    report.add(
      node,
      `"${given.name}": the case does not say what ${url} answers`,
      `state it: external: { "${url}": {…} }`,
    );
    return false;
  }
  const rule = decision.matched?.rule ?? null;
  if (given.expect.rule !== undefined && rule !== given.expect.rule) {
    report.add(
      expected,
      `"${given.name}": ${quoted(rule)} decided, not ${quoted(given.expect.rule)}: ${why(decision)}`,
    );
    return false;
  }
  const before = report.problems.length;
  const steps = (given.expect.steps ?? []).map((_, index) =>
    expectedStep(reading, nodeAt(expected, ['steps', index]), `${place}.expect.steps[${index}]`),
  );
  if (report.problems.length > before) {
    return false;
  }
  if (given.expect.steps !== undefined && !sameSteps(steps, decision.written)) {
    report.addWithDetails(
      nodeAt(expected, ['steps']),
      `"${given.name}": the steps are not those that are expected`,
      differenceOf(steps, decision.written),
    );
    return false;
  }
  return true;
}

/** What the door answers when the form is sent, if that is not what is expected. */
function doorDifference({ expect, user }: Case, policy: DoorPolicy, { registration }: Facts): string | null {
  const { door, message } = expect;
  // The page has the language that the account will have. A case says everything of the headers.
  const given = answer(policy, visitorOf({ ...registration, locale: user.locale }, []));
  const same = door === given.door && (message === undefined || isDeepStrictEqual(message, given.message));
  return door === undefined || same
    ? null
    : `the door answers ${answerInWords(given)}, not ${answerInWords({ door, rule: null, message: message ?? null })}`;
}

function answerInWords({ door, rule, message }: Pick<DoorAnswer, 'door' | 'rule' | 'message'>): string {
  const text = message === null ? '' : ` with the text ${refusalInWords(message)}`;
  return `"${door}"${rule === null ? '' : ` by "${rule}"`}${text}`;
}

function factsOf(book: RuleBook, { event, user, registrations, external }: Case): Facts {
  const { client, time, ...others } = event;
  const at = Date.parse(time);
  const registration: Registration = {
    ...others,
    headers: describedHeaders(book, event.headers),
    clientId: client,
    time: at,
    eventId: '00000000-0000-4000-8000-000000000000',
    userId: '00000000-0000-4000-8000-000000000001',
    firstName: null,
    lastName: null,
    locale: null,
  };
  const facts: UserFacts = {
    username: event.username,
    email: event.email,
    emailVerified: user['email-verified'],
    enabled: true,
    createdAt: at,
    firstName: null,
    lastName: null,
    locale: user.locale,
    attributes: user.attributes,
  };
  return {
    registration,
    user: facts,
    counts: alwaysCounts(registrations),
    answers: ({ url }) => (Object.hasOwn(external, url) ? external[url] : undefined),
  };
}

/** Counts that say the same of everything. */
export function alwaysCounts(count: number): ReadonlyMap<string, number> {
  return new (class extends Map<string, number> {
    override get = (): number => count;
  })();
}

/** A bare name stands for the step, whatever it takes; else the step is compared as a whole. */
function expectedStep(reading: Reading, node: Node | null, place: string): ExpectedStep {
  return isScalar(node) && typeof node.value === 'string'
    ? node.value
    : node === null
      ? null
      : readStep(reading, node, place);
}

function quoted(rule: string | null): string {
  return rule === null ? 'no rule' : `"${rule}"`;
}

function why({ trace, matched }: Decision): string {
  const reasons = trace.filter(({ verdict }) => verdict !== 'not-reached');
  return matched === null && reasons.length === 0
    ? 'no rule file names this client'
    : reasons.map(({ rule, because }) => `${rule}: ${because}`).join('; ');
}
