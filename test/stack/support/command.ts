import { main } from '../../../src/cli/main.ts';
import type { Io } from '../../../src/cli/command.ts';

/** A command as somebody types it, without a terminal unless `answer` says what they answer there. */
export async function vestibule(argv: readonly string[], env: Io['env'], answer?: boolean) {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const code = await main(argv, {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(''),
    env,
    ...(answer === undefined
      ? {}
      : {
          agreed: async (question) => {
            asked.push(question);
            return answer;
          },
        }),
  });
  return { code, out: out.join(''), err: err.join(''), asked };
}
