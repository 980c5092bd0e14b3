// Damages the real files by seed, thousands of times, and sees that every copy ends in frames or in a named fault.
// node test/robustness/mutate.ts --cases 10000 [--seed 1] [--json]; one case again: --cases 1 --seed <its seed>.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { allFiles, dataPath } from '../real-data/data.ts';
import type { MutationCase, MutationOutcome } from './mutation-child.ts';
import { chanceFrom } from './mutator.ts';

/** A hang, not a slow machine: the first case of a child also waits for its start. */
const MOST_MS = 60_000;
const MOST_MIB = 1024;
/** A child takes so many cases before its memory is looked at anew. */
const CASES_PER_CHILD = 500;

/** Which part of the cases goes to which folder. */
const FOLDERS = [
  { name: 'us', upTo: 0.4 },
  { name: 'syntax-matrix', upTo: 0.8 },
  { name: 'odd', upTo: 1 },
] as const;

type Failure = { readonly seed: number; readonly file: string; readonly what: string };

/** What a run came to; `outcomes` counts cases by how they ended. */
export type MutationReport = {
  readonly cases: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly slowest: string;
  readonly peakMiB: number;
  readonly failures: readonly Failure[];
};

const FILES = FOLDERS.map(({ name, upTo }) => ({ name, upTo, files: allFiles(name) }));

const fileFor = (seed: number): readonly [folder: string, name: string] => {
  const chance = chanceFrom(seed ^ 0x5eed);
  const place = chance();
  const { name, files } = FILES.find(({ upTo }) => place < upTo) ?? { name: 'us', files: [] };
  return [name, files[Math.floor(chance() * files.length)] ?? ''];
};

const startChild = (): ChildProcess =>
  fork(path.join(import.meta.dirname, 'mutation-child.ts'), {
    execArgv: ['--max-old-space-size=256'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

/** Sends one case and waits for its outcome; a child that ends or does not answer in time is an outcome too. */
const ask = (child: ChildProcess, one: MutationCase): Promise<MutationOutcome | string> =>
  new Promise((resolve) => {
    const settle = (answer: MutationOutcome | string): void => {
      clearTimeout(timer);
      child.removeAllListeners('message').removeAllListeners('exit');
      resolve(answer);
    };
    const timer = setTimeout(() => {
      child.removeAllListeners('exit').kill('SIGKILL');
      settle(`no answer in ${MOST_MS} ms`);
    }, MOST_MS);
    child.once('message', (outcome: MutationOutcome) => settle(outcome));
    child.once('exit', (code, signal) => settle(`ended with ${signal ?? code}`));
    child.send(one);
  });

const run = async (cases: number, firstSeed: number): Promise<MutationReport> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-mutations-'));
  const outcomes: Record<string, number> = {};
  const failures: Failure[] = [];
  let [slowestMs, slowest, peakMiB] = [0, '', 0];
  let child = startChild();
  try {
    for (let index = 0; index < cases; index += 1) {
      const seed = firstSeed + index;
      const place = fileFor(seed);
      const file = place.join('/');
      const answer = await ask(child, { seed, file: dataPath(...place), scratch: path.join(folder, 'case.dcm') });
      const failed = (what: string): void => void failures.push({ seed, file, what });
      if (typeof answer === 'string') failed(answer);
      else {
        const { outcome, kinds, tookMs } = answer;
        const name = outcome.startsWith('error') ? 'error' : outcome;
        outcomes[name] = (outcomes[name] ?? 0) + 1;
        if (name === 'error') failed(`${kinds.join(' and ')}: ${outcome}`);
        if (answer.peakMiB > MOST_MIB) failed(`${kinds.join(' and ')}: ${Math.round(answer.peakMiB)} MiB`);
        peakMiB = Math.max(peakMiB, answer.peakMiB);
        if (tookMs > slowestMs) [slowestMs, slowest] = [tookMs, `${file}, seed ${seed}, ${kinds.join(' and ')}: ${outcome}`];
      }
      const worn = typeof answer === 'string' || answer.peakMiB > MOST_MIB || (index + 1) % CASES_PER_CHILD === 0;
      if (worn) {
        child.kill('SIGKILL');
        child = startChild();
      }
    }
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  return { cases, outcomes, slowestMs: Math.round(slowestMs), slowest, peakMiB: Math.round(peakMiB), failures };
};

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const report = await run(Number(values.cases), Number(values.seed));
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else console.log(report);
process.exitCode = report.failures.length === 0 ? 0 : 1;
