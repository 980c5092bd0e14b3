// In: a folder and a wish for a study. Out: the study as Part 10 files in mixed transfer syntaxes, and `labels.json` with the truth.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Dataset } from '../dicom/dataset.ts';
import { part10 } from '../dicom/part10-write.ts';
import { rleFrame } from '../dicom/rle-encode.ts';
import { EXPLICIT_LITTLE_ENDIAN, JPEG_BASELINE, RLE_LOSSLESS } from '../dicom/transfer-syntaxes.ts';
import { type DvtLabels, type DvtStudyWish, dvtStudy } from './dvt-study.ts';
import type { EchoLabels } from './echo-labels.ts';
import { type EchoStudyWish, echoStudy } from './echo-study.ts';
import type { LegStudyWish } from './leg-attributes.ts';
import { type LegExaminationLabels, type LegExaminationWish, legExamination } from './leg-examination.ts';
import { type LegLabels, legStudy, type PhantomInstance } from './leg-study.ts';
import { type LungLabels, type LungStudyWish, lungStudy } from './lung-study.ts';

/** The transfer syntaxes that studies can be written in, by name. */
export const phantomSyntaxes = { explicit: EXPLICIT_LITTLE_ENDIAN, rle: RLE_LOSSLESS, jpeg: JPEG_BASELINE } as const;

/** How an instance is stored. */
export type PhantomSyntax = (typeof phantomSyntaxes)[keyof typeof phantomSyntaxes];

async function jpeg(
  instance: PhantomInstance,
): Promise<{ readonly attributes: Dataset; readonly frames: readonly Uint8Array[] }> {
  const { rows, columns, samplesPerPixel } = instance;
  const frames = await Promise.all(
    instance.frames.map(async (frame) =>
      sharp(frame, { raw: { width: columns, height: rows, channels: samplesPerPixel } })
        .toColourspace(samplesPerPixel === 1 ? 'b-w' : 'srgb')
        .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
        .toBuffer(),
    ),
  );
  const stored = frames.reduce((sum, frame) => sum + frame.length, 0);
  const raw = frames.length * rows * columns * samplesPerPixel;
  return {
    attributes: {
      ...instance.attributes,
      // The only interpretation of JPEG colour that the US Image module knows (PS3.3 C.8.5.6.1.2); decoders take the sampling from the stream.
      ...(samplesPerPixel === 3 ? { PhotometricInterpretation: 'YBR_FULL_422' } : {}),
      LossyImageCompression: '01',
      LossyImageCompressionRatio: Math.round((10 * raw) / stored) / 10,
      LossyImageCompressionMethod: 'ISO_10918_1',
    },
    frames,
  };
}

/** The bytes of one instance as a Part 10 file in a transfer syntax. */
export async function phantomFile(instance: PhantomInstance, transferSyntaxUid: PhantomSyntax): Promise<Uint8Array> {
  if (transferSyntaxUid === JPEG_BASELINE) return part10({ ...(await jpeg(instance)), transferSyntaxUid });
  const frames =
    transferSyntaxUid === RLE_LOSSLESS
      ? instance.frames.map((frame) => rleFrame(frame, instance.columns, instance.samplesPerPixel))
      : instance.frames;
  return part10({ attributes: instance.attributes, transferSyntaxUid, frames });
}

/** The syntax of the n-th instance of a study: cines as JPEG, stills in turn. */
export function syntaxOf(instance: PhantomInstance, n: number): PhantomSyntax {
  if (instance.frames.length > 1) return JPEG_BASELINE;
  return ([EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS, JPEG_BASELINE] as const)[n % 3] ?? EXPLICIT_LITTLE_ENDIAN;
}

/** A study's labels and the paths of its files. */
export type WrittenStudy<Labels> = { readonly labels: Labels; readonly files: readonly string[] };

/** `syntax`: that of all files, several in turn when left out. `onFile` hears how many are written. */
export type WriteOptions = { readonly syntax?: PhantomSyntax | undefined; readonly onFile?: (count: number) => void };

/** Writes `0001.dcm`, `0002.dcm`, ... and `labels.json` into a folder, which is made if need be. Takes the instances one by one. */
async function writeStudy<Labels>(
  dir: string,
  study: { readonly instances: Iterable<PhantomInstance>; readonly labels: Labels },
  { syntax, onFile }: WriteOptions = {},
): Promise<WrittenStudy<Labels>> {
  await mkdir(dir, { recursive: true });
  const files: string[] = [];
  let n = 0;
  for (const instance of study.instances) {
    const file = join(dir, `${String(n + 1).padStart(4, '0')}.dcm`);
    await writeFile(file, await phantomFile(instance, syntax ?? syntaxOf(instance, n)));
    files.push(file);
    n += 1;
    onFile?.(n);
  }
  await writeFile(join(dir, 'labels.json'), `${JSON.stringify(study.labels, null, 2)}\n`);
  return { labels: study.labels, files };
}

/** Writes a leg study as files with its labels. */
export const writeLegStudy = (dir: string, wish: LegStudyWish, options?: WriteOptions): Promise<WrittenStudy<LegLabels>> =>
  writeStudy(dir, legStudy(wish), options);

/** Writes a leg study with compression cines as files with its labels. */
export const writeLegExamination = (
  dir: string,
  wish: LegExaminationWish,
  options?: WriteOptions,
): Promise<WrittenStudy<LegExaminationLabels>> => writeStudy(dir, legExamination(wish), options);

/** Writes a lung study as files with its labels. */
export const writeLungStudy = (dir: string, wish: LungStudyWish, options?: WriteOptions): Promise<WrittenStudy<LungLabels>> =>
  writeStudy(dir, lungStudy(wish), options);

/** Writes an echo study as files with its labels. */
export const writeEchoStudy = (dir: string, wish: EchoStudyWish, options?: WriteOptions): Promise<WrittenStudy<EchoLabels>> =>
  writeStudy(dir, echoStudy(wish), options);

/** Writes a study of compression cines as files with its labels. */
export const writeDvtStudy = (dir: string, wish: DvtStudyWish, options?: WriteOptions): Promise<WrittenStudy<DvtLabels>> =>
  writeStudy(dir, dvtStudy(wish), options);
