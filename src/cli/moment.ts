import { durationHint, parseDuration } from '../platform/duration.ts';
import { UsageError } from './parse.ts';

/**
 * A point in time: so long ago, or a date.
 * @returns ms since 1970
 * @throws UsageError
 */
export function momentOf(option: string, text: string, now: number): number {
  const ago = parseDuration(text);
  const at = ago === null && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (ago === null && Number.isNaN(at)) {
    throw new UsageError(`--${option} ${durationHint}, or a time such as 2026-11-24T10:00:00Z, not "${text}"`);
  }
  return ago === null ? at : now - ago;
}
