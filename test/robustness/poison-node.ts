// A node's process in miniature for the test of orphans: starts a pool, gives it a job that never ends, and says so.
// In: models folder, spool folder, a request as JSON. Out: the pid of the analysis process on standard output.
import { startAnalyserPool } from '../../src/edge/analyser-pool.ts';

const [modelsFolder, spoolFolder, request] = process.argv.slice(2);
if (modelsFolder === undefined || spoolFolder === undefined || request === undefined)
  throw new Error('three arguments are needed');
const pool = startAnalyserPool({
  children: 1,
  threadsPerChild: 1,
  providers: ['cpu'],
  models: ['vascular-sec'],
  modelsFolder,
  spoolFolder,
  jobTimeoutMs: 60_000,
  log: () => undefined,
});
await pool.ready();
const under = pool.analyse(JSON.parse(request), new AbortController().signal);
setTimeout(() => process.stdout.write(`${pool.pids()[0]}\n`), 500);
await under;
