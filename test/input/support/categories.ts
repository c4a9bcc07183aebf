/** Kinds of bad input, by the letter that the report lists them under. */
export const categories = {
  A: 'event bytes',
  B: 'event shapes',
  C: 'ids and realm names',
  D: 'typed text in every output',
  E: 'mail addresses and headers',
  F: 'templates and formulas',
  G: 'YAML syntax',
  H: 'YAML abuse',
  I: 'rule files that mean something else',
  J: 'patterns',
  K: 'links of approvers',
  L: 'HTTP requests',
  M: 'answers of Keycloak and of mail servers',
} as const;

export type Category = keyof typeof categories;

/** What a test process writes for `npm run test:input`: one line of JSON for each call. */
export interface Tally {
  readonly category: Category;
  readonly cases: number;
  readonly failures: number;
}
