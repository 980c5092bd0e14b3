// In: one JPEG frame, baseline, extended or lossless. Out: its samples before colour conversion, and what colours they are.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame, SampleColour } from './decoded-frame.ts';
import { decodeJpegStream } from './jpeg-codec.ts';
import type { PixelDescription } from './pixel-description.ts';

type Segment = { readonly marker: number; readonly bytes: Uint8Array };
/** The stream up to its first scan: `tail` begins with SOS. */
type Stream = { readonly segments: readonly Segment[]; readonly tail: Uint8Array };

const SOS = 0xda;
const APP0 = 0xe0;
const APP14 = 0xee;

/** Splits a stream at its markers (ISO 10918-1 B.1.1). */
const segmentsOf = (frame: Uint8Array): Stream => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 4 || view.getUint16(0) !== 0xffd8) throw fault('frames-unreadable', 'no JPEG stream');
  const segments: Segment[] = [];
  let at = 2;
  while (at + 4 <= frame.length) {
    if (frame[at] !== 0xff) throw fault('frames-unreadable', 'a JPEG marker is missing');
    const marker = frame[at + 1] ?? 0;
    // Fill bytes before a marker (B.1.1.2).
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === SOS) return { segments, tail: frame.subarray(at) };
    const end = at + 2 + view.getUint16(at + 2);
    if (end > frame.length) break;
    segments.push({ marker, bytes: frame.subarray(at, end) });
    at = end;
  }
  throw fault('frames-unreadable', 'the JPEG stream ends before its image');
};

type FrameHeader = {
  readonly lossless: boolean;
  readonly precision: number;
  readonly rows: number;
  readonly columns: number;
  readonly componentIds: readonly number[];
};

/** SOF0..SOF15 without DHT, JPG and DAC, which share their range (ISO 10918-1 Table B.1). */
const isFrameHeader = ({ marker }: Segment): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const frameHeaderOf = (stream: Stream): FrameHeader => {
  const segment = stream.segments.find(isFrameHeader);
  const length = segment?.bytes.length ?? 0;
  const count = segment?.bytes[9] ?? 0;
  if (segment === undefined || length < 10 + 3 * count) throw fault('frames-unreadable', 'the JPEG stream has no frame header');
  const view = new DataView(segment.bytes.buffer, segment.bytes.byteOffset, length);
  return {
    lossless: segment.marker === 0xc3,
    precision: view.getUint8(4),
    rows: view.getUint16(5),
    columns: view.getUint16(7),
    componentIds: Array.from({ length: count }, (_, index) => view.getUint8(10 + 3 * index)),
  };
};

const startsWith = (segment: Segment, marker: number, name: string): boolean =>
  segment.marker === marker && new TextDecoder('latin1').decode(segment.bytes.subarray(4, 4 + name.length)) === name;

/**
 * What three components are. An Adobe marker's transform field wins, then a JFIF marker (which means YCbCr, and is only defined for
 * lossy processes), then component identifiers 'R' 'G' 'B', then PhotometricInterpretation: files whose tag says RGB and whose stream
 * is YCbCr are common, and show green.
 */
const colourOf = (stream: Stream, header: FrameHeader): SampleColour => {
  const adobe = stream.segments.find((segment) => startsWith(segment, APP14, 'Adobe') && segment.bytes.length >= 16);
  if (adobe !== undefined) return adobe.bytes[15] === 0 ? 'rgb' : 'ybr-full';
  if (!header.lossless && stream.segments.some((segment) => startsWith(segment, APP0, 'JFIF'))) return 'ybr-full';
  if (String.fromCharCode(...header.componentIds) === 'RGB') return 'rgb';
  return 'tag';
};

const START_OF_IMAGE = Uint8Array.of(0xff, 0xd8);
/** An Adobe marker with transform 0: libjpeg takes the components as they are. */
const NO_TRANSFORM = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/** The stream without its own colour markers: libjpeg decides on conversion from them alone, and must not convert. */
const unconverted = (stream: Stream): readonly Uint8Array[] => [
  START_OF_IMAGE,
  NO_TRANSFORM,
  ...stream.segments.filter(({ marker }) => marker !== APP0 && marker !== APP14).map(({ bytes }) => bytes),
  stream.tail,
];

/** Decodes one frame of 8 bits a sample. Its size is checked against the description before anything is allocated. */
export const decodeJpeg = async (frame: Uint8Array, description: PixelDescription): Promise<DecodedFrame> => {
  const stream = segmentsOf(frame);
  const header = frameHeaderOf(stream);
  if (header.precision !== 8) throw fault('transfer-syntax-not-decoded', `JPEG with ${header.precision} bits a sample`);
  if (header.rows !== description.rows || header.columns !== description.columns) {
    throw fault('frames-unreadable', `a JPEG stream of ${header.columns} x ${header.rows} pixels`);
  }
  const channels = header.componentIds.length;
  if (channels !== 1 && channels !== 3) throw fault('frames-unreadable', `a JPEG stream of ${channels} components`);
  const decoded = await decodeJpegStream(channels === 3 ? unconverted(stream) : [frame]);
  if (decoded === null || decoded.channels !== channels || decoded.data.length !== header.rows * header.columns * channels) {
    throw fault('frames-unreadable', 'the JPEG stream is damaged');
  }
  return { channels, bytesPerSample: 1, colour: channels === 3 ? colourOf(stream, header) : 'tag', data: decoded.data };
};
