import type { Ask, Asked, RawAnswer } from '../../src/execute/decide-asking.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { Question } from '../../src/rules/model.ts';

/** For rules that ask nobody. */
export const nobodyToAsk: Ask = ({ url }) => Promise.reject(new Error(`no rule of this test asks ${url}`));

/** Systems of the company. One without an answer is away. */
export class FakeSystems {
  readonly asked: (Question & Asked)[] = [];
  readonly answers = new Map<string, RawAnswer>();

  /** Happens while a system thinks. */
  whileAsked: () => unknown = () => undefined;

  readonly ask: Ask = async (question, about) => {
    this.asked.push({ ...question, ...about });
    await this.whileAsked();
    const answer = this.answers.get(question.url);
    if (answer === undefined) {
      throw new ServiceError('EXTERNAL_UNAVAILABLE', 'the system does not answer');
    }
    return answer;
  };
}
