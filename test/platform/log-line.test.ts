import { describe, expect, it } from '@jest/globals';

import { createLog } from '../../src/platform/log.ts';
import { safeLine } from '../../src/platform/log-line.ts';

function logged(fields: object, msg = 'something'): string {
  const lines: string[] = [];
  createLog('info', { write: (line: string) => void lines.push(line) }).info(fields, msg);
  return lines.join('');
}

describe('src/platform/log-line', () => {
  it('leaves an ordinary line as it is', () => {
    const line = '{"level":"info","realm":"Zürich 山田","msg":"x"}\n';
    expect(safeLine(line)).toBe(line);
  });

  it('escapes what a terminal obeys, and the text stays the same', () => {
    const typed = '\u009b31m\u202egnp\u2028x\u007f\u001b[2J';
    const line = logged({ realm: typed });
    expect(line).toContain('\\u009b31m\\u202egnp\\u2028x\\u007f\\u001b[2J');
    expect(JSON.parse(line)).toMatchObject({ realm: typed });
  });

  it('shortens what is long, at any depth, and says by how much', () => {
    const { realm, deep, many } = JSON.parse(
      logged({ realm: 'r'.repeat(1_000_000), deep: { said: ['s'.repeat(9_000)] }, many: Array(70).fill('entry') }),
    );
    expect(realm).toBe(`${'r'.repeat(2_000)}… (998000 characters more)`);
    expect(deep.said[0]).toMatch(/^s{2000}… \(7000 characters more\)$/);
    expect(many).toHaveLength(51);
    expect(many.at(-1)).toBe('… (20 more)');
  });

  it('says of a line that cannot be shortened enough only that', () => {
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field-${index}`, index]));
    const line = logged({ wide }, 'too wide');
    expect(line.length).toBeLessThan(200);
    expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'too wide', tooLong: expect.any(Number) });
  });
});
