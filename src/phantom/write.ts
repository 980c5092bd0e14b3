// In: a folder and a study. Out: the study as Part 10 files in mixed transfer syntaxes, and `labels.json` with the truth.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { part10 } from '../dicom/part10-write.ts';
import { rleFrame } from '../dicom/rle-encode.ts';
import { EXPLICIT_LITTLE_ENDIAN, JPEG_BASELINE, RLE_LOSSLESS } from '../dicom/transfer-syntaxes.ts';
import { type DvtLabels, type DvtStudyWish, dvtStudy } from './dvt-study.ts';
import type { EchoLabels } from './echo-labels.ts';
import { type EchoStudyWish, echoStudy } from './echo-study.ts';
import type { LegStudyWish } from './leg-attributes.ts';
import { type LegExaminationLabels, type LegExaminationWish, legExamination } from './leg-examination.ts';
import { type LegLabels, legStudy } from './leg-study.ts';
import { type LungLabels, type LungStudyWish, lungStudy } from './lung-study.ts';
import type { PhantomStudy, PlannedImage } from './phantom-image.ts';
import type { Screen } from './screen.ts';

/** The transfer syntaxes that studies can be written in, by name. */
export const phantomSyntaxes = { explicit: EXPLICIT_LITTLE_ENDIAN, rle: RLE_LOSSLESS, jpeg: JPEG_BASELINE } as const;

/** How an instance is stored. */
export type PhantomSyntax = (typeof phantomSyntaxes)[keyof typeof phantomSyntaxes];

const jpeg = ({ rows, columns, samplesPerPixel, pixels }: Screen): Promise<Uint8Array> =>
  sharp(pixels, { raw: { width: columns, height: rows, channels: samplesPerPixel } })
    .toColourspace(samplesPerPixel === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toBuffer();

/** How one frame is stored in each syntax. */
const ENCODE: Readonly<Record<PhantomSyntax, (screen: Screen) => Promise<Uint8Array>>> = {
  [EXPLICIT_LITTLE_ENDIAN]: async ({ pixels }) => pixels,
  [RLE_LOSSLESS]: async ({ pixels, columns, samplesPerPixel }) => rleFrame(pixels, columns, samplesPerPixel),
  [JPEG_BASELINE]: jpeg,
};

/** Draws an image and gives the bytes of it as a Part 10 file in a transfer syntax. `onFrame` hears of each frame that is drawn. */
export async function phantomFile(
  image: PlannedImage,
  transferSyntaxUid: PhantomSyntax,
  onFrame: () => void = () => {},
): Promise<Uint8Array> {
  const encode = ENCODE[transferSyntaxUid];
  const waiting: Promise<Uint8Array>[] = [];
  let drawnBytes = 0;
  for (const screen of image.screens()) {
    drawnBytes += screen.pixels.length;
    waiting.push(encode(screen));
    // One frame is encoded, in another thread, while the next is drawn; those before are there, so that no more are held as they were drawn.
    await waiting.at(-2);
    onFrame();
  }
  const frames = await Promise.all(waiting);
  if (transferSyntaxUid !== JPEG_BASELINE) return part10({ attributes: image.attributes, transferSyntaxUid, frames });
  const stored = frames.reduce((sum, frame) => sum + frame.length, 0);
  const attributes = {
    ...image.attributes,
    // The only interpretation of JPEG colour that the US Image module knows (PS3.3 C.8.5.6.1.2); decoders take the sampling from the stream.
    ...(image.attributes['SamplesPerPixel'] === 3 ? { PhotometricInterpretation: 'YBR_FULL_422' } : {}),
    LossyImageCompression: '01',
    LossyImageCompressionRatio: Math.round((10 * drawnBytes) / stored) / 10,
    LossyImageCompressionMethod: 'ISO_10918_1',
  };
  return part10({ attributes, transferSyntaxUid, frames });
}

/** The syntax of the n-th image of a study: cines as JPEG, stills in turn. */
export function syntaxOf({ frames }: PlannedImage, n: number): PhantomSyntax {
  if (frames > 1) return JPEG_BASELINE;
  return ([EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS, JPEG_BASELINE] as const)[n % 3] ?? EXPLICIT_LITTLE_ENDIAN;
}

/** How many files and frames there are, in a study or of it so far. */
export type Amount = { readonly files: number; readonly frames: number };

/** What a study comes to, known before anything of it is drawn. */
export const amountOf = ({ images }: PhantomStudy<unknown>): Amount => ({
  files: images.length,
  frames: images.reduce((sum, { frames }) => sum + frames, 0),
});

/** A study's labels and the paths of its files. */
export type WrittenStudy<Labels> = { readonly labels: Labels; readonly files: readonly string[] };

/** `syntax`: that of all files, several in turn when left out. `onProgress` hears after each frame and each file how many there are. */
export type WriteOptions = { readonly syntax?: PhantomSyntax | undefined; readonly onProgress?: (done: Amount) => void };

/**
 * Writes `0001.dcm`, `0002.dcm`, ... and last `labels.json` into a folder, which is made if need be: a folder without labels was not finished.
 * Draws image by image, so that no more than one is held at a time.
 */
export async function writeStudy<Labels>(
  dir: string,
  { images, labels }: PhantomStudy<Labels>,
  { syntax, onProgress = () => {} }: WriteOptions = {},
): Promise<WrittenStudy<Labels>> {
  await mkdir(dir, { recursive: true });
  const files: string[] = [];
  let frames = 0;
  for (const [n, image] of images.entries()) {
    const file = join(dir, `${String(n + 1).padStart(4, '0')}.dcm`);
    const bytes = await phantomFile(image, syntax ?? syntaxOf(image, n), () => {
      frames += 1;
      onProgress({ files: n, frames });
    });
    await writeFile(file, bytes);
    files.push(file);
    onProgress({ files: n + 1, frames });
  }
  await writeFile(join(dir, 'labels.json'), `${JSON.stringify(labels, null, 2)}\n`);
  return { labels, files };
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
