// A pool of one analysis process with the tiny model. In: a folder that the test removes. Out: the pool, ready; stop it.
import path from 'node:path';
import { type AnalyserPool, startAnalyserPool } from '../../src/edge/analyser-pool.ts';
import type { Log } from '../../src/kernel/log.ts';
import { type TinyVariant, writeTinyModel } from '../unit/analysis/tiny-model.ts';

/** Models lie in `models`, the spool in `spool` of the folder; `variant` is how the model misbehaves, if it does. */
export async function startTinyAnalyser(
  folder: string,
  { variant, jobTimeoutMs = 60_000, log }: { readonly variant?: TinyVariant; readonly jobTimeoutMs?: number; readonly log: Log },
): Promise<AnalyserPool> {
  writeTinyModel(path.join(folder, 'models'), variant);
  const pool = startAnalyserPool({
    children: 1,
    threadsPerChild: 1,
    providers: ['cpu'],
    models: ['vascular-sec'],
    modelsFolder: path.join(folder, 'models'),
    spoolFolder: path.join(folder, 'spool'),
    jobTimeoutMs,
    log,
  });
  try {
    await pool.ready();
  } catch (error) {
    await pool.stop();
    throw error;
  }
  return pool;
}
