// A thread that simulates one examination. In: kind, folder and seed as its data. Out: one message, the examination as it was written.
import { parentPort, workerData } from 'node:worker_threads';
import { type ExaminationKind, simulate } from './examinations.ts';

type Order = { readonly kind: ExaminationKind; readonly folder: string; readonly seed: number };

const { kind, folder, seed } = workerData as Order;
parentPort?.postMessage(await simulate(kind, folder, seed));
