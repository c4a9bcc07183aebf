export interface RedisFault {
  readonly id: 'redis-version' | 'redis-eviction' | 'redis-replica' | 'redis-append-only';
  /** Whether jobs can be lost without an error, or no more than by a crash. */
  readonly grave: boolean;
  readonly what: string;
  readonly remedy: string;
}

/** A field of the answer to INFO. */
export function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
}

/**
 * Looks whether a Redis can be trusted with jobs. With another eviction policy it drops acknowledged jobs without an
 * error once its memory is full; without append-only file it forgets them when it is killed.
 * @param info answer of INFO
 */
export function redisFaults(info: string): RedisFault[] {
  const version = infoField(info, 'redis_version');
  const policy = infoField(info, 'maxmemory_policy');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const faults: (RedisFault & { readonly found: boolean })[] = [
    {
      found: major < 6 || (major === 6 && minor < 2),
      id: 'redis-version',
      grave: true,
      what: `it is version ${version || 'unknown'}`,
      remedy: 'use 6.2 or newer',
    },
    {
      found: policy !== 'noeviction',
      id: 'redis-eviction',
      grave: true,
      what: `its maxmemory-policy is ${policy || 'unknown'}`,
      remedy: 'set maxmemory-policy noeviction',
    },
    {
      found: infoField(info, 'role') === 'slave',
      id: 'redis-replica',
      grave: true,
      what: 'it is a replica and takes no writes',
      remedy: 'give the address of the primary',
    },
    {
      found: infoField(info, 'aof_enabled') !== '1',
      id: 'redis-append-only',
      grave: false,
      what: 'it has no append-only file, and a crash of it loses jobs',
      remedy: 'set appendonly yes',
    },
  ];
  return faults.flatMap(({ found, ...fault }) => (found ? [fault] : []));
}
