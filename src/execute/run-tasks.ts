import { isServiceError, ServiceError } from '../platform/errors.ts';
import type { StepResult } from '../rules/steps/effects.ts';
import type { Failure, OutcomeProgress } from './outcome-progress.ts';
import { nameOf, type Task } from './outcome-tasks.ts';

export interface RunTasksOptions {
  readonly tasks: readonly Task[];
  readonly progress: Pick<OutcomeProgress, 'did' | 'done'>;
  readonly act: (task: Task) => Promise<StepResult>;
  /** Called after each task that was done, before that is saved. */
  readonly onDone: (task: Task, result: StepResult) => Promise<void>;
}

/**
 * Tries each task that is not done and waits for none. One that fails holds up only those that wait for it.
 * @returns what failed
 * @throws ServiceError USER_GONE, and whatever kept a result from being recorded or saved
 */
export async function runTasks({ tasks, progress, act, onDone }: RunTasksOptions): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const task of tasks) {
    if (progress.did(task.key) || !task.waitsFor.every((key) => progress.did(key))) {
      continue;
    }
    const tried = await act(task).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if ('result' in tried) {
      await onDone(task, tried.result);
      await progress.done(task.key);
    } else if (isServiceError(tried.error, 'USER_GONE')) {
      throw tried.error;
    } else {
      failures.push({ key: task.key, ...nameOf(task), error: tried.error });
    }
  }
  return failures;
}

/** Somebody can make these at any time, and people decided: so the outcome waits for it. */
const canBeMade: readonly string[] = ['GROUP_MISSING', 'ROLE_MISSING'];

/** The error that stands for all: the outcome is given up only if nothing of it can succeed at another attempt. */
export function errorFor(failures: readonly Failure[]): unknown {
  const errors = failures.map(({ error }) => error);
  const [first] = errors;
  return (
    errors.find((error) => !isServiceError(error) || error.retryable) ??
    errors.flatMap((error) =>
      isServiceError(error) && canBeMade.includes(error.code) ? [triedAgain(error)] : [],
    )[0] ??
    first
  );
}

function triedAgain({ code, message, details, cause }: ServiceError): ServiceError {
  return new ServiceError(code, message, { ...details, cause, retryable: true });
}
