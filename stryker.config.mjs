// Mutation testing of the pure core: a mutant that no test notices shows a claim that no test makes.
export default {
  mutate: ['src/rules/**/*.ts', 'src/approvals/**/*.ts', 'src/execute/**/*.ts', '!src/rules/reference/**'],
  mutator: { excludedMutations: ['StringLiteral'] }, // the tests of docs and catalogues hold the words
  ignoreStatic: true, // such a mutant is in force from the moment its file is loaded, which happens once
  plugins: ['./test/mutation/runner.mjs'],
  testRunner: 'loaded-once',
  testFolders: ['test/rules', 'test/approvals', 'test/execute', 'test/workers'],
  coverageAnalysis: 'perTest',
  disableTypeChecks: true,
  tsconfigFile: 'none', // Stryker reads it by TypeScript's old API, which version 7 does not have
  warnings: { unknownOptions: false }, // `testFolders` is our own
  timeoutMS: 8_000,
  ignorePatterns: ['.stack', 'coverage', 'dist', 'keycloak'],
  tempDirName: '.stack/mutation',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: '.stack/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
