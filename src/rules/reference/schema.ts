import { z } from 'zod';

import { conditions } from '../conditions/index.ts';
import { duration, oneOrMore, text } from '../conditions/operands.ts';
import { fileFields, mailLanguages, nestings, ruleFields } from '../load/shape.ts';
import { steps } from '../steps/index.ts';
import type { StepKind } from '../steps/step.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const when = { $ref: '#/definitions/when' };
const then = { $ref: '#/definitions/steps' };

/**
 * The JSON Schema of a rule file, for editors: made of the same definitions as the loader's checks. What it refuses, the
 * loader refuses. The loader finds more: what only a computation tells, such as a rule that can never be reached.
 */
export function ruleFileSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Vestibule rule file',
    ...strictObject(
      described(fileFields, {
        version: { const: 1 },
        realm: jsonOf(oneOrMore(text)),
        clients: jsonOf(oneOrMore(text)),
        application: jsonOf(text),
        language: { enum: mailLanguages },
        rules: { type: 'array', minItems: 1, items: { $ref: '#/definitions/rule' } },
      }),
      ['version', 'realm', 'clients', 'rules'],
    ),
    definitions: { rule: ruleSchema(), when: whenSchema(), steps: { type: 'array', items: stepSchema() } },
  };
}

function ruleSchema(): JsonSchema {
  const fields = { name: jsonOf(text), when, then, 'dry-run': { type: 'boolean' } };
  return strictObject(described(ruleFields, fields), ['name', 'then']);
}

function whenSchema(): JsonSchema {
  const several = { type: 'array', minItems: 1, items: when };
  const kinds = conditions.map(({ key, title, about, examples, operand }) => [
    key,
    { title, description: about, examples, ...jsonOf(operand) },
  ]);
  const nested = described(nestings, { all: several, any: several, not: when });
  return { ...strictObject({ ...Object.fromEntries(kinds), ...nested }), minProperties: 1 };
}

/** The bare name of a step that takes nothing, or a map with one step and perhaps `after`. */
function stepSchema(): JsonSchema {
  const bare = steps.filter(({ operand }) => operand === null).map(({ name }) => name);
  const kinds = steps.map((kind) => [kind.name, { description: kind.about, ...operandSchema(kind) }]);
  const one = steps.map(({ name }) => ({ required: [name] }));
  const named = strictObject({ ...Object.fromEntries(kinds), after: delay });
  return { anyOf: [{ enum: bare }, { ...named, oneOf: one }] };
}

const delay = {
  ...jsonOf(duration),
  description: 'Waits, and looks again, right before it acts, whether the reason still holds.',
  examples: ['30d', '12h'],
};

function operandSchema({ operand, nested = [] }: StepKind): JsonSchema {
  if (operand === null) {
    return { anyOf: [{ type: 'null' }, strictObject({ after: delay })] };
  }
  const inner = Object.fromEntries(nested.map((field) => [field, then]));
  return withProperties(jsonOf(operand), { ...inner, after: delay });
}

/** Adds properties wherever the operand may be a map. */
function withProperties(schema: JsonSchema, more: JsonSchema): JsonSchema {
  const { anyOf, properties } = schema;
  if (Array.isArray(anyOf)) {
    return { ...schema, anyOf: anyOf.map((form: JsonSchema) => withProperties(form, more)) };
  }
  return properties === undefined ? schema : { ...schema, properties: { ...(properties as JsonSchema), ...more } };
}

function jsonOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return json;
}

function strictObject(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

/** A reference takes no description beside it in draft 7, hence `allOf`. */
function described<Key extends string>(about: Record<Key, string>, schemas: Record<Key, JsonSchema>): JsonSchema {
  return Object.fromEntries(
    (Object.keys(schemas) as Key[]).map((key) => {
      const schema = schemas[key];
      return [key, { description: about[key], ...('$ref' in schema ? { allOf: [schema] } : schema) }];
    }),
  );
}
