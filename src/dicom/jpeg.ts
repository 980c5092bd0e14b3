// In: one JPEG frame, baseline, extended or lossless. Out: its samples before colour conversion, and what colours they are.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame, SampleColour } from './decoded-frame.ts';
import { decodeJpegStream } from './jpeg-codec.ts';
import { frameHeaderOf, type JpegFrameHeader, type JpegStream, type Segment, segmentsOf } from './jpeg-segments.ts';
import { checkShape, frameFrom, samplesIn } from './jpeg-shape.ts';
import type { PixelDescription } from './pixel-description.ts';

const APP0 = 0xe0;
const APP14 = 0xee;
const LOSSLESS = 0xc3;

/** SOF0..SOF15 without DHT, JPG and DAC, which share their range (ISO 10918-1 Table B.1). */
const FRAME_HEADERS: ReadonlySet<number> = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
]);

const startsWith = (segment: Segment, marker: number, name: string): boolean =>
  segment.marker === marker && new TextDecoder('latin1').decode(segment.bytes.subarray(4, 4 + name.length)) === name;

/**
 * What three components are. An Adobe marker's transform field wins, then a JFIF marker (which means YCbCr, and is only defined for
 * lossy processes), then component identifiers 'R' 'G' 'B', then PhotometricInterpretation: files whose tag says RGB and whose stream
 * is YCbCr are common, and show green.
 */
const colourOf = (stream: JpegStream, header: JpegFrameHeader): SampleColour => {
  const adobe = stream.segments.find((segment) => startsWith(segment, APP14, 'Adobe') && segment.bytes.length >= 16);
  if (adobe !== undefined) return adobe.bytes[15] === 0 ? 'rgb' : 'ybr-full';
  if (header.marker !== LOSSLESS && stream.segments.some((segment) => startsWith(segment, APP0, 'JFIF'))) return 'ybr-full';
  if (String.fromCharCode(...header.componentIds) === 'RGB') return 'rgb';
  return 'tag';
};

/** SOS. In the data of a scan 0xff is always followed by 0 or by a restart marker. */
const SCAN = Uint8Array.of(0xff, 0xda);
const START_OF_IMAGE = Uint8Array.of(0xff, 0xd8);
/** An Adobe marker with transform 0: libjpeg takes the components as they are. */
const NO_TRANSFORM = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/** The stream without its own colour markers: libjpeg decides on conversion from them alone, and must not convert. */
const unconverted = (stream: JpegStream): readonly Uint8Array[] => [
  START_OF_IMAGE,
  NO_TRANSFORM,
  ...stream.segments.filter(({ marker }) => marker !== APP0 && marker !== APP14).map(({ bytes }) => bytes),
  stream.tail,
];

/** Scans of one image. Each passes over all of it: a small file of thousands would keep the decoder busy for hours. */
const MOST_SCANS = 100;

const checkScans = ({ tail }: JpegStream): void => {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  let scans = 0;
  for (let at = bytes.indexOf(SCAN); at >= 0 && scans <= MOST_SCANS; at = bytes.indexOf(SCAN, at + 2)) scans += 1;
  if (scans > MOST_SCANS) throw fault('pixel-limits-exceeded', 'JPEG scans');
};

/** Decodes one frame of 8 bits a sample. Its shape is checked against the description before anything is allocated. */
export const decodeJpeg = async (frame: Uint8Array, description: PixelDescription): Promise<DecodedFrame> => {
  const stream = segmentsOf(frame);
  const header = frameHeaderOf(stream, FRAME_HEADERS);
  const { rows, columns, precision, componentIds } = header;
  if (precision !== 8) throw fault('transfer-syntax-not-decoded', `JPEG with ${precision} bits a sample`);
  const shape = { rows, columns, precision, components: componentIds.length };
  checkShape(shape, description);
  checkScans(stream);
  const coloured = shape.components === 3;
  const decoded = await decodeJpegStream(coloured ? unconverted(stream) : [frame], samplesIn(shape));
  return frameFrom(decoded, shape, coloured ? colourOf(stream, header) : 'tag');
};
