import type { RuleBook, RuleFile } from '../../src/rules/model.ts';

export const noRules: RuleBook = { version: '', files: [] };

const portal: RuleFile = {
  file: 'portal.yaml',
  realms: ['acme'],
  clients: ['partner-portal'],
  application: null,
  timeZone: 'Europe/Berlin',
  hold: null,
  rules: [],
};

/** The readers of the partner portal's file are in Berlin. */
export const inBerlin: RuleBook = { version: 'v1', files: [portal] };
