/** Real Postgres, real Redis, no mocks of our own code. */
export default {
  testEnvironment: '<rootDir>/test/support/native-environment.js',
  runtime: '<rootDir>/test/support/native-runtime.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: process.env.TEST_LONG === '1' ? ['/node_modules/'] : ['/node_modules/', '/test/long/'],
  globalSetup: '<rootDir>/dist/test/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/support/global-teardown.js',
  setupFilesAfterEnv: ['<rootDir>/test/support/declared-failures.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.js',
  maxWorkers: 2,
  // It only ends what hangs: on a loaded machine the generated company alone takes a minute.
  testTimeout: 300_000,
};
