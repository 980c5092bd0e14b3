// Whether a stored instance still holds the bytes that were received. In: the inputs of a job. Out: those that do, and the others as skipped inputs: a
// disk that lost or changed bytes must not turn into a finding.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { AnalysisInput } from '../contracts/analyser.ts';
import type { SkippedInput } from '../contracts/finding.ts';
import { skippedInput } from './image.ts';
import { skipFor } from './skips.ts';

const CHUNK_BYTES = 1 << 20;

/** The data set stands at the end of its file, after a head of our own. */
async function isIntact({ path, sha256, byteLength }: AnalysisInput): Promise<boolean> {
  const { size } = await stat(path);
  if (size < byteLength) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { start: size - byteLength, highWaterMark: CHUNK_BYTES }), hash);
  return hash.digest('hex') === sha256;
}

/** Hashes every input, one after the other. A file that is gone or cannot be read throws the system's error. */
export async function intactInputs(
  inputs: readonly AnalysisInput[],
): Promise<{ readonly intact: readonly AnalysisInput[]; readonly skipped: readonly SkippedInput[] }> {
  const intact: AnalysisInput[] = [];
  const skipped: SkippedInput[] = [];
  for (const input of inputs) {
    if (await isIntact(input)) intact.push(input);
    else skipped.push(skippedInput(input, skipFor('bytes-changed')));
  }
  return { intact, skipped };
}
