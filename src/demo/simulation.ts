// Simulates the examinations of the demonstration beside each other, a thread each. In: a folder and a seed. Out: each examination as soon as it is there.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Examination, ExaminationKind } from './examinations.ts';

const WORKER = new URL('./simulation-worker.ts', import.meta.url);

/** One examination below `folder`, in a thread of its own. Rejects with what went wrong in it. */
export function simulated(kind: ExaminationKind, folder: string, seed: number): Promise<Examination> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: { kind, folder: path.join(folder, kind), seed } });
    worker.once('message', (examination: Examination) => resolve(examination));
    worker.once('error', reject);
    // After a message this changes nothing; without one nobody would answer.
    worker.once('exit', (code) => reject(new Error(`The simulation of the ${kind} examination ended with code ${code}.`)));
  });
}
