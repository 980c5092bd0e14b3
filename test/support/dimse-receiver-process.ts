// A process of its own that receives instances and keeps only their digest: out, on standard output, a JSON line with the port, and one an
// instance with its length, its SHA-256 and by how much memory has grown since the start. Its sink is slow at first, as a disk may be.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { memoryMiB } from '../bench/process-figures.ts';
import { receivingScp } from './dimse-scp.ts';

const SLOW_WRITES = 30;
const PAUSE_MS = 20;

// VmHWM, not ru_maxrss: that one keeps, over exec, the size of the process that started this one.
let startMiB = 0;
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const { scp } = await receivingScp({
  openInstance: async () => {
    const hash = createHash('sha256');
    let bytes = 0;
    let writes = 0;
    return {
      write: async (chunk) => {
        writes += 1;
        if (writes <= SLOW_WRITES) await pause(PAUSE_MS);
        hash.update(chunk);
        bytes += chunk.length;
      },
      commit: async () => {
        const grownMiB = memoryMiB(process.pid, 'VmHWM') - startMiB;
        tell({ bytes, sha256: hash.digest('hex'), grownMiB });
        return 0;
      },
      abort: async () => undefined,
    };
  },
});
startMiB = memoryMiB(process.pid, 'VmRSS');
tell({ port: scp.port });
