import type { Logger } from 'pino';

import { readConfig } from '../platform/settings.ts';
import { isServiceError } from '../platform/errors.ts';
import { createLog } from '../platform/log.ts';
import { startService } from '../app/service.ts';
import { command } from './command.ts';

/** For connections that have said goodbye. */
const lingerMs = 3_000;

export const run = command({
  name: 'run',
  summary: 'run the service',
  options: {},
  notes: ['Reads its settings from the environment; "vestibule settings" lists them.'],
  async run(_, io) {
    const config = readConfig(io.env);
    const log = createLog(config.LOG_LEVEL);
    process.on('unhandledRejection', (reason) => endOf(reason, log, (code) => process.exit(code)));
    const service = await startService(config, log).catch((error: unknown) => {
      if (!isServiceError(error)) {
        throw error;
      }
      log.fatal({ code: error.code, ...error.details }, error.message);
      return null;
    });
    if (service === null) {
      return 2;
    }
    await signal();
    log.info('stopping: what is under way is finished first');
    const forced = setTimeout(() => {
      log.fatal({ open: service.open() }, 'the stop took too long');
      process.exit(1);
    }, config.SHUTDOWN_GRACE_MS + 5_000);
    void signal().then(() => {
      log.fatal({ open: service.open() }, 'stopped at once, on a second signal');
      process.exit(1);
    });
    try {
      await service.stop();
      log.info('stopped');
      return 0;
    } catch (error) {
      log.error({ err: error }, 'the stop was not clean');
      return 1;
    } finally {
      clearTimeout(forced);
      endWithoutWaiting(log);
    }
  },
});

/** A fault of this program: nobody knows what the rest of it does now. What is under way is taken up by the next start. */
export function endOf(reason: unknown, log: Pick<Logger, 'fatal'>, exit: (code: number) => void): void {
  log.fatal({ err: reason }, 'a promise was rejected, and nothing handles it; the service ends');
  exit(1);
}

/** The service has closed what it opened. A library may have left a connection behind, which would keep the process. */
function endWithoutWaiting(log: Logger): void {
  const end = (): void => {
    log.warn({ left: process.getActiveResourcesInfo() }, 'the service has stopped, and its process ends all the same');
    process.exit();
  };
  setTimeout(end, lingerMs).unref();
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
