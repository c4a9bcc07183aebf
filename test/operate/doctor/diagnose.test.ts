import { describe, expect, it } from '@jest/globals';

import { diagnose, type Probe } from '../../../src/operate/doctor/diagnose.ts';
import { fine } from '../../../src/operate/doctor/finding.ts';

const probe = (area: string, look: Probe['look']): Probe => ({ name: area, area, look });

describe('src/operate/doctor/diagnose', () => {
  it('looks at every system, in the order asked for, whatever becomes of one of them', async () => {
    const seen: string[] = [];
    const sections = await diagnose(
      [
        probe('stuck', async (found) => {
          found(fine('stuck-so-far', 'connected'));
          await new Promise(() => undefined);
        }),
        probe('broken', async () => {
          throw new Error('no such thing');
        }),
        probe('good', async (found) => found(fine('good', 'answers'))),
      ],
      { limitMs: 20, onDone: ({ name }) => void seen.push(name) },
    );
    expect(sections.map(({ findings }) => findings.map(({ id }) => id))).toEqual([
      ['stuck-so-far', 'stuck-slow'],
      ['broken-broke-off'],
      ['good'],
    ]);
    expect(seen.toSorted()).toEqual(['broken', 'good', 'stuck']);
  });

  it('tells who is too slow to stop, and hears no more of him', async () => {
    let stopped = false;
    let late: (() => void) | undefined;
    const [section] = await diagnose(
      [
        probe('slow', async (found, signal) => {
          signal.addEventListener('abort', () => void (stopped = true));
          await new Promise<void>((resolve) => (late = resolve));
          found(fine('too-late', 'answers'));
        }),
      ],
      { limitMs: 5 },
    );
    late?.();
    await new Promise(setImmediate);
    expect(stopped).toBe(true);
    expect(section?.findings.map(({ id }) => id)).toEqual(['slow-slow']);
  });
});
