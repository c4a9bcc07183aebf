import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;

/** Of a value that may have several forms, where the schema has no message of its own. */
export const noForm = 'has none of the forms that can stand here';

/** Says what is wrong where a schema has no message of its own: nobody should have to read a library's. */
export function inOwnWords(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nameOf(issue.expected)}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must ${amount(issue.origin)}at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? 'is too long' : `must ${amount(issue.origin)}at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return 'unknown key';
    case 'invalid_union':
      return noForm;
    default:
      return 'cannot stand here';
  }
}

function amount(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'be ' : 'name ';
}

function oneOf(values: readonly string[]): string {
  return values.length < 2 ? (values[0] ?? 'nothing') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

const names: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'left empty',
};

function nameOf(type: string): string {
  return names[type] ?? `a ${type}`;
}
