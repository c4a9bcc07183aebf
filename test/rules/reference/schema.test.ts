import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { conditions } from '../../../src/rules/conditions/index.ts';
import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { ruleFileSchema } from '../../../src/rules/reference/schema.ts';
import { steps } from '../../../src/rules/steps/index.ts';
import { beyondSchema, rule, when, wrongFiles } from '../corpus.ts';

const folder = join(import.meta.dirname, '../../../rules');
// A strict Ajv also refuses a schema that it reads differently than its writer may have meant.
const validate = new Ajv({ strict: true, strictRequired: true }).compile(ruleFileSchema());

const schemaTakes = (text: string): boolean => validate(parse(text));
const loaderTakes = (text: string): boolean =>
  parseRuleFile('x.yaml', text, () => ({ lines: [{ line: 1, text: 'a.example' }] })).ruleFile !== null;

const shipped = readdirSync(folder)
  .filter((name) => /(?<!\.test)\.yaml$/.test(name))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
const examples = [
  ...conditions.flatMap(({ key, examples }) => examples.map((example) => when(JSON.stringify({ [key]: example })))),
  ...steps.flatMap(({ examples }) => examples.map((example) => rule(JSON.stringify(example)))),
];

const goodFiles = [
  ...shipped,
  ...examples.map((text) => ['an example', text] as const),
  ['nested conditions', when('{ any: [{ source: form }, { not: { all: [{ ip: 10.0.0.0/8 }] } }] }')] as const,
  ['a delay beside the step', rule('{ join-group: /a, after: 1d12h }')] as const,
  ['a delay inside the step', rule('join-group: { group: /a, after: 2w }')] as const,
  ['no steps', 'version: 1\nrealm: [a, b]\nclients: "*"\nrules: [{ name: x, then: [], dry-run: true }]\n'] as const,
];

describe('src/rules/reference/schema', () => {
  it.each(goodFiles)('takes what the loader takes: %s\n%s', (_, text) => {
    expect(loaderTakes(text)).toBe(true);
    schemaTakes(text);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each(wrongFiles.filter(([what]) => !beyondSchema.includes(what)))(
    'refuses what the loader refuses: %s',
    (_, text) => {
      expect(loaderTakes(text)).toBe(false);
      expect(schemaTakes(text)).toBe(false);
    },
  );

  it.each(wrongFiles.filter(([what]) => beyondSchema.includes(what)))('leaves to the loader: %s', (_, text) => {
    expect(schemaTakes(text)).toBe(true);
  });

  it('describes every key at every depth, so that editors can', () => {
    const all = propertiesIn(ruleFileSchema());
    expect(all.filter(([, { description }]) => typeof description !== 'string')).toEqual([]);
    expect(all.length).toBeGreaterThan(100);
  });
});

function propertiesIn(schema: unknown): (readonly [key: string, schema: { description?: unknown }])[] {
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  const own = 'properties' in schema ? Object.entries(schema.properties as Record<string, object>) : [];
  return [...own, ...Object.values(schema).flatMap(propertiesIn)];
}
