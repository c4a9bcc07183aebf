import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

import { safeLine } from './log-line.ts';

/**
 * The service's log: one JSON line per event, a static message plus an object of ids.
 * ERROR: somebody must act now. WARN: look this week. Personal data and secrets are never logged on purpose; the
 * redaction here is the net below that.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const names = [
    'email',
    'username',
    'firstName',
    'lastName',
    'token',
    'password',
    'secret',
    'authorization',
    'cookie',
  ];
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      hooks: { streamWrite: safeLine },
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    destination as DestinationStream,
  );
}
