// Mutation testing of the pure core: a mutant that no test notices shows a claim that no test makes.
import jest from './jest.config.js';

const [unit] = jest.projects;

export default {
  mutate: ['src/rules/**/*.ts', 'src/approvals/**/*.ts', 'src/execute/**/*.ts', '!src/rules/reference/**'],
  mutator: { excludedMutations: ['StringLiteral'] }, // the tests of docs and catalogues hold the words
  ignoreStatic: true, // such a mutant is in force from the moment its file is loaded, and needs all tests each time
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    enableFindRelatedTests: false, // which tests reach a mutant is measured instead
    config: {
      ...unit,
      testEnvironment: '@stryker-mutator/jest-runner/jest-env/node',
      testMatch: ['rules', 'approvals', 'execute', 'workers'].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
      testTimeout: jest.testTimeout,
    },
  },
  coverageAnalysis: 'perTest',
  disableTypeChecks: true,
  tsconfigFile: 'none', // Stryker reads it by TypeScript's old API, which version 7 does not have
  timeoutMS: 20_000,
  tempDirName: '.stack/mutation',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: '.stack/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
