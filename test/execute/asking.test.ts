import { describe, expect, it } from '@jest/globals';

import { asking } from '../../src/execute/asking.ts';
import type { RawAnswer } from '../../src/execute/decide-asking.ts';
import { type ErrorCode, ServiceError } from '../../src/platform/errors.ts';
import { mia } from '../fakes/registrations.ts';

const about = { registration: mia, user: undefined, cause: 'e1' };
const question = { url: 'https://crm.acme.com/check?key=s3cret', send: [] };

/** A system that answers when the test says so. */
function setup() {
  const waiting: { answer: (given: RawAnswer) => void; fail: (code: ErrorCode) => void }[] = [];
  const log: unknown[] = [];
  const ask = asking(
    () =>
      new Promise((resolve, reject) => {
        waiting.push({ answer: resolve, fail: (code) => reject(new ServiceError(code, 'why')) });
      }),
    {
      warn: (details: unknown, text?: string) => void log.push(['warn', details, text]),
      info: (details: unknown, text?: string) => void log.push(['info', details, text]),
    },
  );
  const fail = async (code: ErrorCode) => {
    const failing = ask(question, about);
    waiting.at(-1)?.fail(code);
    await expect(failing).rejects.toMatchObject({ code });
  };
  return { ask: (of = question) => ask(of, about), waiting, log, fail };
}

describe('src/execute/asking', () => {
  it('asks for many people at once while the system answers', async () => {
    const { ask, waiting } = setup();
    const both = Promise.all([ask(), ask()]);
    waiting.forEach(({ answer }, index) => answer({ index }));
    await expect(both).resolves.toEqual([{ index: 0 }, { index: 1 }]);
  });

  it('has one question wait for a system that did not answer, and the others fail at once', async () => {
    const { ask, waiting, fail } = setup();
    await fail('EXTERNAL_UNAVAILABLE');
    const trial = ask();
    await expect(ask()).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
    expect(waiting).toHaveLength(2);
    const other = ask({ url: 'https://erp.acme.com', send: [] });
    expect(waiting).toHaveLength(3);

    waiting.slice(1).forEach(({ answer }) => answer({}));
    await Promise.all([trial, other]);
    const both = Promise.all([ask(), ask()]);
    waiting.slice(3).forEach(({ answer }) => answer({}));
    await both;
  });

  it('tries again after each trial that failed', async () => {
    const { fail, waiting } = setup();
    await fail('EXTERNAL_UNAVAILABLE');
    await fail('EXTERNAL_UNAVAILABLE');
    await fail('EXTERNAL_UNAVAILABLE');
    expect(waiting).toHaveLength(3);
  });

  it('holds nobody up for an answer that nobody can go by: the system is there', async () => {
    const { ask, waiting, fail } = setup();
    await fail('EXTERNAL_UNUSABLE');
    const both = Promise.all([ask(), ask()]);
    waiting.slice(1).forEach(({ answer }) => answer({}));
    await both;
  });

  it('says once that a system fails, once for each way, and once that it answers again, without the query', async () => {
    const { ask, waiting, fail, log } = setup();
    await fail('EXTERNAL_UNAVAILABLE');
    await fail('EXTERNAL_UNAVAILABLE');
    await fail('EXTERNAL_UNUSABLE');
    const answered = ask();
    waiting.at(-1)?.answer({});
    await answered;
    const system = 'https://crm.acme.com/check';
    const away = 'a system that rules ask gives no answer; who registers is not decided upon';
    expect(log).toEqual([
      ['warn', { system, code: 'EXTERNAL_UNAVAILABLE', err: 'why' }, away],
      ['warn', { system, code: 'EXTERNAL_UNUSABLE', err: 'why' }, away],
      ['info', { system }, 'a system that rules ask answers again'],
    ]);
  });
});
