import { type Paint, plain, type Style } from '../../platform/paint.ts';
import { visible } from '../../platform/visible.ts';
import type { Section } from './diagnose.ts';
import type { Finding, Level } from './finding.ts';

const signs: Readonly<Record<Level, string>> = { ok: '✓', warning: '!', error: '✗' };

const styles: Readonly<Record<Level, Style>> = { ok: 'green', warning: 'yellow', error: 'red' };

export interface Summary {
  readonly errors: number;
  readonly warnings: number;
}

export function summaryOf(sections: readonly Section[]): Summary {
  const count = (level: Level): number =>
    sections.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.level === level).length, 0);
  return { errors: count('error'), warnings: count('warning') };
}

/** For people: one line per finding, its remedy below. */
export function asText(sections: readonly Section[], paint: Paint = plain): string {
  const { errors, warnings } = summaryOf(sections);
  const shown = sections.filter(({ findings }) => findings.length > 0);
  const end =
    errors + warnings === 0
      ? 'all good'
      : `${number(errors, 'error')}, ${number(warnings, 'warning')}${errors === 0 ? ': it can run' : ''}`;
  const told = shown.map(
    ({ name, findings }) => `${paint('bold', name)}\n${findings.map((finding) => line(finding, paint)).join('')}`,
  );
  return [...told, `${paint(errors > 0 ? 'red' : warnings > 0 ? 'yellow' : 'green', end)}\n`].join('\n');
}

/** For machines: flat, so that one can ask for an id. */
export function asJson(sections: readonly Section[]): string {
  const findings = sections.flatMap(({ name, findings }) => findings.map((finding) => ({ where: name, ...finding })));
  const { errors, warnings } = summaryOf(sections);
  return `${JSON.stringify({ ok: errors === 0, errors, warnings, findings }, null, 2)}\n`;
}

function line({ id, level, what, remedy }: Finding, paint: Paint): string {
  const name = level === 'ok' ? '' : `${id}: `;
  return `  ${paint(styles[level], signs[level])} ${name}${visible(what)}\n${remedy === null ? '' : `      → ${visible(remedy)}\n`}`;
}

function number(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
