// What each test file runs in: Node, with a look afterwards whether it closed what it opened. A connection, a server, a
// timer or a process that a file leaves behind fails that file, instead of keeping the whole run from ending. A promise that
// is rejected before anybody looks fails it as well. With
// COVERAGE_DIR it also notes there which code of src/ and workers/ was run. Plain JavaScript: jest loads it untransformed.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { TestEnvironment } from 'jest-environment-node';

/** For what closes by itself soon, as a connection that has said goodbye. */
const graceMs = 3_000;
const ours = /\/(src|workers)\/.*\.ts$/;

export default class extends TestEnvironment {
  #coverageDir = process.env.COVERAGE_DIR;
  #before;
  #profiler;
  #rejected = new WeakMap();

  async setup() {
    await super.setup();
    if (this.#coverageDir !== undefined) {
      await this.#startCoverage();
    }
    this.#before = open();
  }

  async handleTestEvent({ name, promise, error }, state) {
    if (name === 'error' && promise !== undefined) {
      this.#rejected.set(promise, error);
    }
    if (name === 'error_handled') {
      // Jest forgives a rejection that is handled later. In the service, Node ends the process before that.
      const cause = this.#rejected.get(promise);
      state.unhandledErrors.push(
        new Error(`a promise was awaited too late, it was rejected before: ${inShort(cause)}`),
      );
    }
    if (name === 'run_finish') {
      const left = await leftOpen(this.#before);
      if (left.length > 0) {
        state.unhandledErrors.push(new Error(`this test file leaves open: ${left.join(', ')}`));
      }
    }
  }

  async teardown() {
    if (this.#profiler !== undefined) {
      const { result } = await this.#profiler.post('Profiler.takePreciseCoverage');
      await this.#profiler.post('Profiler.stopPreciseCoverage');
      this.#profiler.disconnect();
      const scripts = result.filter(({ url }) => ours.test(url));
      writeFileSync(join(this.#coverageDir, `${randomUUID()}.json`), JSON.stringify({ result: scripts }));
    }
    await super.teardown();
  }

  async #startCoverage() {
    mkdirSync(this.#coverageDir, { recursive: true });
    this.#profiler = new Session();
    this.#profiler.connect();
    await this.#profiler.post('Profiler.enable');
    await this.#profiler.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    // The service's own processes note theirs when they end. Set here, so that the runner itself does not.
    process.env.NODE_V8_COVERAGE = this.#coverageDir;
  }
}

/** What was thrown, and where. */
function inShort(error) {
  return String(error?.stack ?? error)
    .split('\n')
    .slice(0, 5)
    .join('\n');
}

/**
 * What keeps this process from ending. Its own input and output are made at the first use, by whichever file uses them
 * first.
 */
function open() {
  const timers = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  const handles = process._getActiveHandles().filter(({ fd }) => fd !== 0 && fd !== 1 && fd !== 2);
  return { handles: new Set(handles), timers };
}

async function leftOpen(before) {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const { handles, timers } = open();
    const left = [...handles].filter((handle) => !before.handles.has(handle)).map(describe);
    if (timers > before.timers) {
      left.push(`${timers - before.timers} timer(s)`);
    }
    if (left.length === 0 || Date.now() > deadline) {
      return left;
    }
    await sleep(20);
  }
}

function describe(handle) {
  const address = typeof handle.address === 'function' ? handle.address() : null;
  if (handle.spawnfile !== undefined) {
    return `the process ${handle.pid} (${handle.spawnfile})`;
  }
  if (handle.remotePort !== undefined) {
    return `a connection to port ${handle.remotePort}`;
  }
  if (typeof handle.connecting === 'boolean') {
    const { connecting, destroyed, readable, writable, _host } = handle;
    const state = Object.entries({ connecting, destroyed, readable, writable })
      .filter(([, yes]) => yes)
      .map(([name]) => name);
    return `a ${handle.constructor.name} without a peer (${[_host, handle._handle?.constructor.name, handle._handle?.fd, handle.localPort, ...state].join(', ')})`;
  }
  return `${handle.constructor.name}${address?.port === undefined ? '' : ` on port ${address.port}`}`;
}
