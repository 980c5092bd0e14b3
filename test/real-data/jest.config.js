// Jest over the real files beside the project; the suite fails with a clear message where that folder is missing.
export default {
  rootDir: '../..',
  testEnvironment: '<rootDir>/test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testTimeout: 180_000,
  maxWorkers: 2,
  // A peer that a failed set-up left running must not keep the run from ending.
  forceExit: true,
  reporters: ['default', '<rootDir>/test/support/plain-reporter.js'],
  testMatch: ['<rootDir>/test/real-data/**/*.test.ts'],
};
