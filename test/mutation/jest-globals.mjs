// What a test file gets for `@jest/globals` where jest itself does not run: see runner.mjs.
export { jestExpect as expect } from '@jest/expect';
export { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'jest-circus';
