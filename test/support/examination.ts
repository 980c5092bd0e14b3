// A small simulated leg examination as files, and DCMTK as the modality that sends it. In: a seed. Out: files, labels, what dcmsend said.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LegLabels } from '../../src/phantom/leg-study.ts';
import { writeLegStudy } from '../../src/phantom/write.ts';
import { runTool, type ToolResult } from './dcmtk.ts';

export type Examination = { readonly folder: string; readonly files: readonly string[]; readonly labels: LegLabels };

/** Two sections with a few small stills each, so that a whole run takes seconds; no cine unless asked for. */
export async function smallExamination(
  seed: number,
  options: { readonly cines?: number; readonly sections?: Parameters<typeof writeLegStudy>[1]['sections'] } = {},
): Promise<Examination> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-examination-'));
  const written = await writeLegStudy(folder, {
    seed,
    sections: options.sections ?? [
      { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
      { side: 'R', vein: 'POP', sec: 'absent', keyframes: 3 },
    ],
    cines: options.cines ?? 0,
    picture: { rows: 208, columns: 288 },
  });
  return { folder, ...written };
}

/** Sends files as they are: no decompression, one association for each kind. */
export const dcmsend = (
  files: readonly string[],
  options: { readonly port: number; readonly callingAeTitle?: string; readonly calledAeTitle?: string },
): Promise<ToolResult> =>
  runTool(
    'dcmsend',
    [
      '-v',
      '--decompress-never',
      '-aet',
      options.callingAeTitle ?? 'DCMSEND',
      '-aec',
      options.calledAeTitle ?? 'SONORELAY',
      '127.0.0.1',
      String(options.port),
      ...files,
    ],
    { timeoutMs: 60_000 },
  );

/** The data set bytes of a Part 10 file: all that follows the file meta information (PS3.10 7.1). */
export async function dataSetBytes(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  return bytes.subarray(144 + bytes.readUInt32LE(140));
}
