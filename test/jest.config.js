// Jest: unit tests run in parallel; conversations with real peers and killed processes run with more time.
import path from 'node:path';

const common = {
  rootDir: path.resolve(import.meta.dirname, '..'),
  testEnvironment: '<rootDir>/test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
};
const project = (displayName) => ({ ...common, displayName, testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`] });

export default {
  testTimeout: 120_000,
  rootDir: path.resolve(import.meta.dirname, '..'),
  maxWorkers: 2,
  // A peer that a failed set-up left running must not keep the run from ending.
  forceExit: true,
  reporters: ['default', '<rootDir>/test/support/plain-reporter.js'],
  projects: [project('unit'), project('integration'), project('robustness'), project('browser')],
};
