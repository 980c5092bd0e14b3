// A closing line that any reader of logs understands: "N passed, N failed".
export default class PlainReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${failed} failed${results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : ''}\n`,
    );
  }
}
