// In: a JPEG or JPEG-LS stream. Out: its marker segments up to the first scan, and the frame header among them.
import { fault } from '../kernel/errors.ts';

/** One marker segment, its two marker bytes included. `marker` is the second of them. */
export type Segment = { readonly marker: number; readonly bytes: Uint8Array };
/** The stream up to its first scan: `tail` begins with SOS. */
export type JpegStream = { readonly segments: readonly Segment[]; readonly tail: Uint8Array };

const SOS = 0xda;

/** Splits a stream at its markers (ISO 10918-1 B.1.1, ISO 14495-1 C.1). Throws Fault `frames-unreadable` when it has no scan. */
export const segmentsOf = (frame: Uint8Array): JpegStream => {
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

/** What the frame header says (ISO 10918-1 B.2.2, ISO 14495-1 C.2.2). */
export type JpegFrameHeader = {
  readonly marker: number;
  readonly precision: number;
  readonly rows: number;
  readonly columns: number;
  readonly componentIds: readonly number[];
};

/** The only frame header with one of `markers`. Throws Fault `frames-unreadable` when there is none, or more than one. */
export const frameHeaderOf = ({ segments }: JpegStream, markers: ReadonlySet<number>): JpegFrameHeader => {
  const [segment, second] = segments.filter(({ marker }) => markers.has(marker));
  const length = segment?.bytes.length ?? 0;
  const count = segment?.bytes[9] ?? 0;
  if (segment === undefined || second !== undefined || length < 10 + 3 * count) {
    throw fault('frames-unreadable', 'the JPEG stream has no frame header');
  }
  const view = new DataView(segment.bytes.buffer, segment.bytes.byteOffset, length);
  return {
    marker: segment.marker,
    precision: view.getUint8(4),
    rows: view.getUint16(5),
    columns: view.getUint16(7),
    componentIds: Array.from({ length: count }, (_, index) => view.getUint8(10 + 3 * index)),
  };
};
