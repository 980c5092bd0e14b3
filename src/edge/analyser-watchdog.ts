// A thread of the analysis process that ends it when the node is gone. In: nothing. Out: SIGKILL to its own process.
// The main thread cannot do it: inference under way blocks it, and a graph that never ends would run on for ever without a node.
import { Worker } from 'node:worker_threads';

const POLL_MS = 1000;

/** Runs beside the main thread; an orphan is given to another parent by the kernel, so its parent's id changes. */
const SOURCE = `
const parent = process.ppid;
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${POLL_MS});
`;

/** Starts the watch; it does not keep the process alive. */
export function endWithParent(): void {
  new Worker(SOURCE, { eval: true }).unref();
}
