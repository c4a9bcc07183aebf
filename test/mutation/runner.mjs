// How Stryker runs our tests against a mutant. Its runner for jest loads all test files anew for each mutant, for seconds.
// Here each is loaded once, and a mutant costs milliseconds. A mutant that is in force only while its file is loaded
// cannot be tried this way: `ignoreStatic` in stryker.config.mjs. What a mutant spoils in the process must not count
// against the next one: a test that failed has to pass again without the mutant. Else Stryker starts a new process, and
// repeats the mutant there.
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { addEventHandler, getState, resetState, run, setState } from 'jest-circus';
import { register as loadTypeScript } from 'tsx/esm/api';

const testTimeout = 5_000;

class Runner {
  #folders;
  /** Each test file with its tests, as jest's own `describe` and `it` noted them. */
  #files = [];
  /** What Stryker's instrumented code reads and writes: which mutant is in force, which one a test reached. */
  #context = (globalThis.__stryker__ ??= {});
  #unhandled = [];

  constructor({ testFolders }) {
    this.#folders = testFolders;
  }

  capabilities() {
    return { reloadEnvironment: true }; // nothing has to be: each mutant is in force only while its tests run
  }

  async init() {
    process.on('unhandledRejection', (error) => this.#unhandled.push(error));
    loadTypeScript();
    register('./resolve.mjs', import.meta.url);
    for (const path of this.#folders.flatMap(testFilesIn)) {
      resetState();
      await import(pathToFileURL(path).href);
      const state = Object.assign(getState(), { testTimeout });
      this.#files.push({ path, state, tests: testsOf(state.rootDescribeBlock) });
    }
    addEventHandler(({ name, test }) => {
      if (name === 'test_start') {
        this.#context.currentTestId = idOf(test);
      }
    });
  }

  async dryRun() {
    const tests = [];
    for (const file of this.#files) {
      tests.push(...(await this.#run(file, () => true)));
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.#context.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(this.#context, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    const tests = await this.#untilOneFails(new Set(testFilter));
    const endless = determineHitLimitReached(this.#context.hitCount, hitLimit);
    Object.assign(this.#context, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    await this.#demandUnspoilt(tests.find(hasFailed));
    return endless ?? toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }

  async #demandUnspoilt(failed) {
    const tests = failed === undefined ? [] : await this.#untilOneFails(new Set([failed.id]));
    if (tests.some(hasFailed)) {
      throw new Error(`this test fails without a mutant as well: ${failed.name}`);
    }
  }

  async #untilOneFails(ids) {
    const ran = [];
    for (const file of this.#files) {
      ran.push(...(await this.#run(file, (id) => ids.has(id) && !file.tests.some(hasErrors))));
      if (ran.some(hasFailed)) {
        break;
      }
    }
    return ran;
  }

  /** Runs those tests of a file that `mayRun` lets through, which is asked right before each. */
  async #run({ path, state, tests }, mayRun) {
    for (const test of tests) {
      Object.assign(test, { errors: [], status: null });
    }
    if (!tests.some((test) => mayRun(idOf(test)))) {
      return [];
    }
    setState(Object.assign(state, { testNamePattern: { test: mayRun } }));
    await run();
    await nextTurn();
    const unhandled = this.#unhandled.splice(0);
    return tests
      .filter(({ status }) => status === 'done')
      .map((test, index) => resultOf(path, test, index === 0 ? unhandled : []));
  }
}

function resultOf(fileName, test, unhandled) {
  const id = idOf(test);
  const errors = [...test.errors.map(([error, trace]) => error ?? trace), ...unhandled];
  const result = { id, name: id, fileName, timeSpentMs: test.duration ?? 0 };
  return errors.length === 0
    ? { ...result, status: TestStatus.Success }
    : { ...result, status: TestStatus.Failed, failureMessage: String(errors[0]?.stack ?? errors[0]).slice(0, 2_000) };
}

function hasErrors({ errors }) {
  return errors.length > 0;
}

function hasFailed({ status }) {
  return status === TestStatus.Failed;
}

function testsOf(block) {
  return block.children.flatMap((child) => (child.type === 'test' ? [child] : testsOf(child)));
}

/** The names of the blocks around the test, and its own. The outermost block has no name that counts. */
function idOf({ name, parent }) {
  return parent === undefined ? '' : `${idOf(parent)} ${name}`.trimStart();
}

function testFilesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(process.cwd(), folder, name));
}

const create = (options) => new Runner(options);
create.inject = tokens(commonTokens.options);

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'loaded-once', create)];
