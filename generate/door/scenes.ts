import type { Visitor } from '../../src/rules/door/evaluate.ts';

/** Rule files, and what the door answers by them, as a person wrote it down. */
export interface Scene {
  readonly files: Readonly<Record<string, string>>;
  readonly cases: readonly SceneCase[];
}

/** `refuse NAME` is a refusal by the rule of that name. */
export type SceneCase = readonly [why: string, visitor: Partial<Visitor>, door: 'open' | 'gate' | `refuse ${string}`];

/** A Tuesday, in the form that is sent. */
export const mia: Visitor = {
  realm: 'acme',
  client: 'shop',
  source: 'form',
  ip: '192.0.2.7',
  locale: 'en',
  time: Date.parse('2026-11-24T10:00:00Z'),
  headers: {},
  sent: true,
  username: 'mia',
  email: 'mia@acme.com',
};

/** The form is opened. */
export const before: Partial<Visitor> = { sent: false, username: null, email: null };

/** A file for the client `shop` of the realm `acme`. */
export function shop(rules: string, head = ''): Readonly<Record<string, string>> {
  return { 'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\n${head}rules:\n${rules}` };
}

type Known = boolean | 'unknown' | 'unclear';

const doors = { true: 'refuse holds', false: 'refuse fails', unclear: 'gate' } as const;

/** What the door never knows. Before a refusal it leads to the gate, also where the file does not hold. */
const neverKnown = /email-verified|attribute|registrations-over|external|regex/;

/**
 * One condition in a file without `hold`: `true` and `false` where it surely holds and does not; `unclear` where what the
 * person typed or sent is to blame that nobody knows, else `unknown`.
 */
export function condition(when: string, cases: readonly (readonly [string, Partial<Visitor>, Known])[]): Scene {
  const files = shop(
    `  - { name: holds, when: { ${when} }, then: [refuse-registration] }\n  - { name: fails, then: [refuse-registration] }\n`,
  );
  return {
    files,
    cases: cases.map(([why, visitor, known]) => [
      `${when}: ${why}`,
      visitor,
      known === 'unknown' ? (neverKnown.test(when) ? 'gate' : 'open') : doors[`${known}`],
    ]),
  };
}
