// Jest over the real files beside the project; the suite fails with a clear message where that folder is missing.
export default {
  rootDir: '../..',
  testEnvironment: '<rootDir>/test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testTimeout: 180_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/support/plain-reporter.js'],
  testMatch: ['<rootDir>/test/real-data/**/*.test.ts'],
};
