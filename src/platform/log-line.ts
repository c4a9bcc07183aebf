import { visible } from './visible.ts';

/** A line this long is read field by field. An ordinary one has a few hundred characters. */
const longLine = 8_192;
/** The longest text of a field, in characters. A stack has about a thousand. */
const longText = 2_000;
/** The most entries of a list. */
const manyEntries = 50;
/** What is longer even then says only that. */
const longestLine = 65_536;

/**
 * A line of the log as it may be written: one line, of bounded length, which does nothing to a terminal. What others
 * typed or answered stands in it. It stays the same JSON, for such characters stand in strings only.
 * @param line with its line break
 */
export function safeLine(line: string): string {
  const json = line.slice(0, -1);
  return `${visible(json.length > longLine ? shortened(json) : json)}\n`;
}

function shortened(json: string): string {
  const fields = JSON.parse(json, (_key, value: unknown) => shortValue(value)) as Readonly<Record<string, unknown>>;
  const text = JSON.stringify(fields);
  const { level, time, msg } = fields;
  return text.length <= longestLine ? text : JSON.stringify({ level, time, tooLong: json.length, msg });
}

function shortValue(value: unknown): unknown {
  if (typeof value === 'string' && value.length > longText) {
    return `${value.slice(0, longText)}… (${value.length - longText} characters more)`;
  }
  if (Array.isArray(value) && value.length > manyEntries) {
    return [...value.slice(0, manyEntries), `… (${value.length - manyEntries} more)`];
  }
  return value;
}
