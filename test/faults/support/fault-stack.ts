import { environment } from '../../../stack/environment.ts';
import { startStack } from '../../../stack/stack.ts';
import { readState } from '../../../stack/state.ts';
import { npmScript } from '../../run/stages.ts';
import { type BreakableStack, breakableStack } from './breakable.ts';

export interface FaultStack {
  readonly servers: BreakableStack;
  stop(): Promise<void>;
}

interface Which {
  /** One that runs; else an own one is started. */
  readonly name: string | undefined;
  readonly signal: AbortSignal;
}

/** Builds the service, brings a stack up, and puts its settings where the tests' own tools read them. */
export async function openStack({ name, signal }: Which): Promise<FaultStack> {
  const { failed } = await npmScript('build', { signal });
  if (failed > 0) {
    throw new Error('the service does not build');
  }
  if (name !== undefined) {
    const state = await readState(name);
    if (state === null) {
      throw new Error(`the stack "${name}" is down`);
    }
    Object.assign(process.env, environment(state.ports));
    const servers = await breakableStack(name, state);
    return { servers, stop: () => servers.kafka.stop() };
  }
  const own = `faults-${process.pid}`;
  const onProgress = (line: string): void => console.log(`· ${line}`);
  const stack = await startStack({ name: own, detached: false, usualPorts: false, fresh: true, onProgress, signal });
  Object.assign(process.env, stack.env);
  const servers = await breakableStack(own, stack);
  return {
    servers,
    async stop() {
      await servers.kafka.stop();
      await stack.stop();
    },
  };
}
