// Cines of every compressed family, made by DCMTK and by the encoders of the decoders' own packages. In: a size. Out: files with moving speckle in colour.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { part10 } from '../../src/dicom/part10-write.ts';
import { ULTRASOUND_MULTI_FRAME } from '../../src/dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN, HTJ2K_LOSSLESS, JPEG_2000_LOSSLESS } from '../../src/dicom/transfer-syntaxes.ts';
import { htj2k, jpeg2000, type SampleShape } from '../unit/dicom/encoders.ts';
import { runTool } from './dcmtk.ts';

export type CineShape = { readonly rows: number; readonly columns: number; readonly frames: number };

/** Speckle by a fixed sequence: smooth over a few pixels, as an image is, so that encoders and decoders have what they are used to. */
function speckle({ rows, columns }: CineShape): Uint8Array {
  const values = new Float32Array(rows * columns);
  let state = 1;
  for (let at = 0; at < values.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const above = values[at - columns] ?? 0;
    values[at] = 0.5 * (values[at - 1] ?? 0) + 0.4 * above + (state >>> 16) / 65_536 - 0.5;
  }
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(90 + 90 * value))));
}

/** RGB frames of one speckle that moves down by a row a frame; the upper quarter is black, as around a sector. */
function framesOf(shape: CineShape): Uint8Array[] {
  const { rows, columns, frames } = shape;
  const grey = speckle(shape);
  return Array.from({ length: frames }, (_, frame) => {
    const data = new Uint8Array(rows * columns * 3);
    for (let at = (rows >> 2) * columns; at < rows * columns; at++) {
      const value = grey[(at + (rows - frame) * columns) % grey.length] ?? 0;
      data.set([value, value, Math.min(255, value + 6)], at * 3);
    }
    return data;
  });
}

const cineFile = (shape: CineShape, frames: readonly Uint8Array[], transferSyntaxUid: string): Uint8Array =>
  part10({
    transferSyntaxUid,
    frames,
    attributes: {
      SOPClassUID: ULTRASOUND_MULTI_FRAME,
      SOPInstanceUID: '2.25.7',
      StudyInstanceUID: '2.25.8',
      SeriesInstanceUID: '2.25.9',
      Modality: 'US',
      PatientName: 'TEST^SPECKLE',
      PatientID: 'TEST-2',
      NumberOfFrames: frames.length,
      FrameTime: 33,
      Rows: shape.rows,
      Columns: shape.columns,
      SamplesPerPixel: 3,
      PhotometricInterpretation: 'RGB',
      PlanarConfiguration: 0,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
    },
  });

const TOOLS = {
  RLE: ['dcmcrle'],
  'JPEG baseline': ['dcmcjpeg', '+eb', '+q', '85'],
  'JPEG lossless': ['dcmcjpeg', '+e1'],
  'JPEG-LS': ['dcmcjpls', '+el'],
} as const;

/** Syntaxes for which there is no tool of DCMTK. */
const ENCODERS = {
  'JPEG 2000': { encode: jpeg2000, uid: JPEG_2000_LOSSLESS },
  HTJ2K: { encode: htj2k, uid: HTJ2K_LOSSLESS },
} as const;

export const COMPRESSIONS = [
  'RLE',
  'JPEG baseline',
  'JPEG lossless',
  'JPEG-LS',
  'JPEG 2000',
  'HTJ2K',
] as const satisfies readonly (keyof typeof TOOLS | keyof typeof ENCODERS)[];

/** Writes a cine of each compression below `folder`; gives the paths. Fails with the line to install DCMTK where it is missing. */
export async function writeCompressedCines(
  folder: string,
  shape: CineShape,
): Promise<Readonly<Record<(typeof COMPRESSIONS)[number], string>>> {
  const pathOf = (name: string): string => path.join(folder, `${name.replaceAll(' ', '-')}.dcm`);
  const frames = framesOf(shape);
  const native = pathOf('native');
  await writeFile(native, cineFile(shape, frames, EXPLICIT_LITTLE_ENDIAN));
  for (const [name, [tool, ...options]] of Object.entries(TOOLS)) {
    const { code, output } = await runTool(tool, [...options, native, pathOf(name)]);
    if (code !== 0) throw new Error(`${tool}: ${output}`);
  }
  const { rows: height, columns: width } = shape;
  const samples: SampleShape = {
    width,
    height,
    bitsPerSample: 8,
    componentCount: 3,
    isSigned: false,
    isUsingColorTransform: true,
  };
  for (const [name, { encode, uid }] of Object.entries(ENCODERS)) {
    const encoded: Uint8Array[] = [];
    for (const frame of frames) encoded.push(await encode(frame, samples));
    await writeFile(pathOf(name), cineFile(shape, encoded, uid));
  }
  return Object.fromEntries(COMPRESSIONS.map((name) => [name, pathOf(name)])) as Record<(typeof COMPRESSIONS)[number], string>;
}
