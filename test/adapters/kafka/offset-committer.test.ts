import { describe, expect, it } from '@jest/globals';

import { createOffsetCommitter, type Offsets } from '../../../src/adapters/kafka/offset-committer.ts';
import { createLog } from '../../../src/platform/log.ts';

/** A broker whose answers the test gives. */
function setup() {
  const commits: Record<string, string>[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const lines: string[] = [];
  const committer = createOffsetCommitter(createLog('warn', { write: (line: string) => void lines.push(line) }));
  const send = (offsets: Offsets) => {
    commits.push(Object.fromEntries(offsets));
    return new Promise<void>((resolve, reject) => {
      answers.push((error) => (error ? reject(error) : resolve()));
    });
  };
  const answer = async (error?: Error) => {
    answers.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { committer, send, commits, answer, lines };
}

describe('src/adapters/kafka/offset-committer', () => {
  it('commits at once, and while that is in the air keeps the latest of each partition for the next', async () => {
    const { committer, send, commits, answer } = setup();

    committer.note(0, '5', send);
    committer.note(0, '6', send);
    committer.note(1, '9', send);
    committer.note(0, '7', send);
    await answer();

    expect(commits).toEqual([{ 0: '5' }, { 0: '7', 1: '9' }]);
  });

  it('sends a failed commit again with the next, and says so', async () => {
    const { committer, send, commits, answer, lines } = setup();

    committer.note(0, '5', send);
    committer.note(1, '2', send);
    await answer(new Error('broker away'));
    committer.note(1, '3', send);

    expect(commits).toEqual([{ 0: '5' }, { 0: '5', 1: '3' }]);
    expect(lines).toHaveLength(1);
  });

  it('never takes an offset back for a failed commit', async () => {
    const { committer, send, commits, answer } = setup();

    committer.note(0, '5', send);
    committer.note(0, '6', send);
    await answer(new Error('broker away'));
    committer.note(1, '1', send);

    expect(commits.at(-1)).toEqual({ 0: '6', 1: '1' });
  });

  it('a flush waits for what is in the air and tries once more what failed', async () => {
    const { committer, send, commits, answer } = setup();
    let flushed = false;

    committer.note(0, '5', send);
    const flush = committer.flush().then(() => (flushed = true));
    await answer(new Error('broker away'));
    expect([flushed, commits]).toEqual([false, [{ 0: '5' }, { 0: '5' }]]);
    await answer();

    await flush;
    committer.note(0, '6', send);
    expect(commits).toHaveLength(3);
  });

  it('forgets what an earlier generation of the group had not committed', async () => {
    const { committer, send, commits, answer } = setup();

    committer.note(0, '5', send);
    committer.note(0, '6', send);
    committer.forget();
    await answer(new Error('fenced'));
    committer.note(1, '1', send);

    expect(commits.at(-1)).toEqual({ 1: '1' });
  });
});
