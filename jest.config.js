const typescript = {
  transform: { '^.+\\.ts$': '@swc/jest' }, // settings: .swcrc
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: '<rootDir>/test/run/environment.mjs',
};

/** `unit` needs nothing that runs; `stack` needs the systems of `npm run stack -- up` and their settings in the environment. */
export default {
  testTimeout: 30_000,
  projects: [
    {
      ...typescript,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/stack/', '<rootDir>/test/faults/'],
    },
    {
      ...typescript,
      displayName: 'stack',
      testMatch: ['<rootDir>/test/stack/**/*.test.ts', '<rootDir>/test/faults/**/*.test.ts'],
    },
  ],
};
