// CPU time and memory of other processes. In: process ids. Out: figures from Linux's /proc.
import { readFileSync } from 'node:fs';

/** USER_HZ, the unit of /proc/PID/stat: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 50;

/** Null when the process, or what is asked of it, is gone. */
const readProc = (pid: number, name: string): string | null => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
};

/** Children of a process, also those that ended and were not waited for. */
export const childrenOf = (pid: number): readonly number[] =>
  (readProc(pid, `task/${pid}/children`) ?? '')
    .split(' ')
    .filter((text) => text.trim() !== '')
    .map(Number);

/** Ticks from field 14 of /proc/PID/stat on: own user and system, then those of children that were waited for (proc_pid_stat(5)). */
const ticksOf = (pid: number): { readonly own: number; readonly waitedFor: number } => {
  const stat = readProc(pid, 'stat') ?? '';
  // The name in parentheses may hold blanks.
  const [user = '0', system = '0', childUser = '0', childSystem = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11);
  return { own: Number(user) + Number(system), waitedFor: Number(childUser) + Number(childSystem) };
};

/** CPU seconds of a process and its children so far. */
export const cpuSeconds = (pid: number): number => {
  const { own, waitedFor } = ticksOf(pid);
  const children = childrenOf(pid).reduce((sum, child) => sum + ticksOf(child).own, 0);
  return (own + waitedFor + children) / TICKS_PER_SECOND;
};

/** `VmRSS`: resident memory now; `VmHWM`: its peak. In MiB; 0 for a process that is gone. */
export const memoryMiB = (pid: number, field: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readProc(pid, 'status') ?? '')?.[1] ?? 0) / 1024;

/** Watches the sum of the peaks of a process and its children of the moment; `stop` gives the largest sum seen, in MiB. */
export function watchTree(pid: number): { readonly stop: () => number } {
  let largest = 0;
  const look = (): void => {
    const sum = [pid, ...childrenOf(pid)].reduce((total, one) => total + memoryMiB(one, 'VmHWM'), 0);
    largest = Math.max(largest, sum);
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return largest;
    },
  };
}
