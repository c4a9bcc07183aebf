import { conditions } from '../conditions/index.ts';
import { duration, oneOrMore, text } from '../conditions/operands.ts';
import { timeZone } from '../conditions/time-zone.ts';
import { languages } from '../../platform/languages.ts';
import { mailLook } from '../load/mail-look.ts';
import { fileFields, nestings, ruleFields } from '../load/shape.ts';
import { steps } from '../steps/index.ts';
import type { StepKind } from '../steps/step.ts';
import { described, jsonOf, type JsonSchema, strictObject } from './json-schema.ts';

const when = { $ref: '#/definitions/when' };
const then = { $ref: '#/definitions/steps' };

/**
 * The JSON Schema of a rule file, for editors: made of the same definitions as the loader's checks. What it refuses,
 * the loader refuses. The loader finds more: what only a computation finds, such as a rule that can never be reached.
 */
export function ruleFileSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Vestibule rule file',
    ...strictObject(
      eachDescribed(fileFields, {
        version: { const: 1 },
        realm: jsonOf(oneOrMore(text)),
        clients: jsonOf(oneOrMore(text)),
        application: jsonOf(text),
        language: { enum: languages },
        'time-zone': jsonOf(timeZone),
        mail: jsonOf(mailLook),
        hold: { const: 'gate' },
        rules: { type: 'array', minItems: 1, items: { $ref: '#/definitions/rule' } },
      }),
      ['version', 'realm', 'clients', 'rules'],
    ),
    definitions: { rule: ruleSchema(), when: whenSchema(), steps: { type: 'array', items: stepSchema() } },
  };
}

function ruleSchema(): JsonSchema {
  const fields = { name: jsonOf(text), when, then, 'dry-run': { type: 'boolean' } };
  return strictObject(eachDescribed(ruleFields, fields), ['name', 'then']);
}

function whenSchema(): JsonSchema {
  const several = { type: 'array', minItems: 1, items: when };
  const kinds = conditions.map(({ key, title, about, examples, operand }) => [
    key,
    { title, description: about, examples, ...jsonOf(operand) },
  ]);
  const nested = eachDescribed(nestings, { all: several, any: several, not: when });
  return { ...strictObject({ ...Object.fromEntries(kinds), ...nested }), minProperties: 1 };
}

/** The bare name of a step that takes nothing, or a map with one step and perhaps `after`. */
function stepSchema(): JsonSchema {
  const bare = steps.filter(({ operand }) => operand?.safeParse(null).success ?? true).map(({ name }) => name);
  const maps = steps.map((kind) => {
    const operand = described(operandSchema(kind), kind.about);
    return strictObject({ [kind.name]: operand, ...delayOf(kind) }, [kind.name]);
  });
  return { anyOf: [{ enum: bare }, ...maps] };
}

const delay = {
  ...jsonOf(duration),
  description: 'How long the step waits. Right before it acts, it looks again whether its reason still holds.',
  examples: ['30d', '12h'],
};

/** A step that stands alone does not wait. */
function delayOf({ alone }: StepKind): JsonSchema {
  return alone === true ? {} : { after: delay };
}

function operandSchema(kind: StepKind): JsonSchema {
  if (kind.operand === null) {
    return { anyOf: [{ type: 'null' }, strictObject(delayOf(kind))] };
  }
  return withSteps(jsonOf(kind.operand), kind);
}

/** Adds `after` wherever the operand may be a map, and puts lists of steps where those belong. */
function withSteps(schema: JsonSchema, kind: StepKind): JsonSchema {
  const { anyOf } = schema;
  if (Array.isArray(anyOf)) {
    return { ...schema, anyOf: anyOf.map((form: JsonSchema) => withSteps(form, kind)) };
  }
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) {
    return schema;
  }
  const lists = (kind.nested ?? []).map((field) => [field, described(then, properties[field]?.['description'])]);
  return { ...schema, properties: { ...properties, ...Object.fromEntries(lists), ...delayOf(kind) } };
}

function eachDescribed<Key extends string>(about: Record<Key, string>, schemas: Record<Key, JsonSchema>): JsonSchema {
  const keys = Object.keys(schemas) as Key[];
  return Object.fromEntries(keys.map((key) => [key, described(schemas[key], about[key])]));
}
