import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { systemBrowser } from '../../stack/browser.ts';
import { systemRedis } from '../../stack/distributions/redis.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vestibule-finders-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A folder for the PATH with these programs in it. */
function folder(name: string, programs: readonly string[], mode = 0o755): string {
  const path = join(dir, name);
  mkdirSync(path);
  for (const program of programs) {
    writeFileSync(join(path, program), '');
    chmodSync(join(path, program), mode);
  }
  return path;
}

describe('systemBrowser', () => {
  it('is the one that BROWSER_PATH names, whatever the system has', () => {
    const PATH = folder('bin', ['chromium']);
    expect(systemBrowser({ PATH, BROWSER_PATH: '/opt/chrome' }, 'linux')).toBe('/opt/chrome');
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'])(
    'is %s where that is on the PATH',
    (program) => {
      const bin = folder('bin', [program]);
      expect(systemBrowser({ PATH: `${folder('empty', [])}${delimiter}${bin}` }, 'linux')).toBe(join(bin, program));
    },
  );

  it('is nothing where none is on the PATH, or none that can be run', () => {
    expect(systemBrowser({ PATH: folder('bin', ['node']), BROWSER_PATH: '' }, 'linux')).toBeUndefined();
    expect(systemBrowser({ PATH: folder('files', ['chromium'], 0o644) }, 'linux')).toBeUndefined();
    expect(systemBrowser({}, 'linux')).toBeUndefined();
  });

  it('is Chrome at its usual place on a Mac', () => {
    expect(systemBrowser({}, 'darwin')).toContain('Google Chrome.app');
  });
});

describe('systemRedis', () => {
  it('is redis-server, else valkey-server', () => {
    const redis = folder('redis', ['redis-server']);
    const valkey = folder('valkey', ['valkey-server']);
    expect(systemRedis({ PATH: `${valkey}${delimiter}${redis}` })).toBe(join(redis, 'redis-server'));
    expect(systemRedis({ PATH: valkey })).toBe(join(valkey, 'valkey-server'));
  });

  it('is nothing where neither is on the PATH', () => {
    expect(systemRedis({ PATH: folder('bin', ['node']) })).toBeUndefined();
  });
});
