import { ServiceError } from '../../platform/errors.ts';

/** Translates what ioredis throws; `doing` completes "could not …". What Redis refuses passes: memory, a failover, a load. */
export function redisError(cause: unknown, doing: string, details: Record<string, unknown> = {}): ServiceError {
  if (cause instanceof ServiceError) {
    return cause;
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ServiceError('REDIS_UNAVAILABLE', `could not ${doing}: ${message}`, { cause, ...details });
}
