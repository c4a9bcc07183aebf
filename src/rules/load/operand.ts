import type { Node } from 'yaml';
import { z } from 'zod';

import { meantBy } from './meant.ts';
import { inOwnWords, noForm } from './own-words.ts';
import type { Reading } from './reading.ts';
import { keyAt, nodeAt } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy: string;
  /** The fault is the key itself, not its value. */
  readonly key: boolean;
}

/**
 * Checks what stands at a node and brings it into the form of the schema.
 * @param given the node's plain value, with nested steps read already
 * @returns `null` after reporting what is wrong, each fault at its own place.
 */
export function readOperand<T>(
  { report }: Pick<Reading, 'report'>,
  schema: z.ZodType<T>,
  { node, keyNode, place, given }: { node: Node | null; keyNode: Node; place: string; given: unknown },
): T | null {
  const parsed = schema.safeParse(given, { error: inOwnWords });
  if (parsed.success) {
    return parsed.data;
  }
  for (const { path, message, remedy, key } of faults(parsed.error.issues, given, schema)) {
    const where = [place, ...path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))].join(
      '',
    );
    report.add((key ? keyAt(node, path) : nodeAt(node, path)) ?? keyNode, `${where}: ${message}`, remedy);
  }
  return null;
}

function faults(issues: readonly Issue[], given: unknown, schema: z.ZodType): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const { path } = issue;
    const value = valueAt(given, path);
    if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === noForm) {
      const inner = faults(meant(issue.errors, value), value, schema);
      return inner.map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
    }
    if (issue.code === 'unrecognized_keys') {
      const known = keysOf(schema);
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: 'unknown key',
        remedy: meantBy(key, known),
        key: true,
      }));
    }
    const missing = issue.code === 'invalid_type' && value === undefined && path.length > 0;
    return [{ path, message: missing ? 'is missing' : issue.message, remedy: remedyOf(issue), key: false }];
  });
}

/** What a schema of ours adds to its own messages. */
export function remedyOf(issue: Issue | undefined): string {
  const remedy: unknown = issue?.code === 'custom' ? issue.params?.['remedy'] : '';
  return typeof remedy === 'string' ? remedy : '';
}

/**
 * Of the forms a value may have, the one that was meant: of its kind (text, list or map) and with the fewest faults. Else
 * the first: schemas name the simplest form first.
 */
function meant(forms: readonly (readonly Issue[])[], value: unknown): readonly Issue[] {
  const fitting = forms.filter((form) => fits(form, value)).toSorted((left, right) => left.length - right.length);
  return fitting[0] ?? forms[0] ?? [];
}

function fits(form: readonly Issue[], value: unknown): boolean {
  return form.every((issue) => {
    if (issue.path.length > 0) {
      return true;
    }
    switch (issue.code) {
      case 'invalid_type':
        return false;
      case 'invalid_value':
        return typeof value !== 'object';
      case 'invalid_union':
        return issue.errors.some((inner) => fits(inner, value));
      default:
        return true;
    }
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** All keys that a schema knows, at any depth. */
function keysOf(schema: z.ZodType): string[] {
  const json = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), (key, value: unknown) =>
    key === 'properties' ? Object.entries(value as object).map(([name, inner]) => ({ name, inner })) : value,
  );
  return [...json.matchAll(/\{"name":"([^"]+)"/g)].map(([, name]) => name ?? '');
}
