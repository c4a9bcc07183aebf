import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What stands in a rule file, as a schema of ours reads it. */
export function jsonOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return json;
}

export function strictObject(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 ? { required } : {}) };
}

/** A reference takes no description beside it in draft 7, hence `allOf`. */
export function described(schema: JsonSchema, description: unknown): JsonSchema {
  return { description, ...('$ref' in schema ? { allOf: [schema] } : schema) };
}

export interface Key {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  /** As it would stand in a rule file; `undefined` where nothing holds by default. */
  readonly usual: unknown;
}

/** The keys of an operand, where it may be a map. */
export function keysOf(schema: JsonSchema): readonly Key[] {
  const { anyOf, properties = {}, required = [] } = schema;
  if (Array.isArray(anyOf)) {
    return anyOf.flatMap(keysOf);
  }
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, default: usual }]) => ({
    name,
    about: String(description),
    required: (required as string[]).includes(name),
    usual,
  }));
}
