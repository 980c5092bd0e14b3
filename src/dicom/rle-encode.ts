// In: one frame, eight bits a sample, pixels interleaved. Out: the frame as DICOM RLE (PS3.5 Annex G).

const HEADER_BYTES = 64;
/** Shorter runs cost as much as they save. */
const SHORTEST_RUN = 3;
const LONGEST = 128;

/** Packs one row from `from` on with PackBits (PS3.5 G.3.1) into `out` at `to`; gives the place behind it. */
function packRow(row: Uint8Array, out: Uint8Array, to: number): number {
  const { length } = row;
  let at = 0;
  let place = to;
  while (at < length) {
    const value = row[at] ?? 0;
    let run = 1;
    while (run < LONGEST && at + run < length && row[at + run] === value) run += 1;
    if (run >= SHORTEST_RUN) {
      out[place] = 257 - run;
      out[place + 1] = value;
      place += 2;
      at += run;
      continue;
    }
    let end = at + run;
    while (end < length && end - at < LONGEST && !(row[end] === row[end + 1] && row[end] === row[end + 2] && end + 2 < length))
      end += 1;
    end = Math.min(end, at + LONGEST);
    out[place] = end - at - 1;
    out.set(row.subarray(at, end), place + 1);
    place += 1 + end - at;
    at = end;
  }
  return place;
}

/** Packs one sample of every pixel, each row apart as G.3.1 asks, to an even length. */
function packPlane(frame: Uint8Array, sample: { readonly first: number; readonly step: number }, columns: number): Uint8Array {
  const { first, step } = sample;
  const rows = frame.length / step / columns;
  const out = new Uint8Array(rows * (columns + Math.ceil(columns / LONGEST)) + 1);
  const row = new Uint8Array(columns);
  let to = 0;
  let from = first;
  for (let line = 0; line < rows; line += 1) {
    for (let column = 0; column < columns; column += 1, from += step) row[column] = frame[from] ?? 0;
    to = packRow(row, out, to);
  }
  return out.subarray(0, to + (to % 2));
}

/** One RLE frame: a header of 64 bytes, then a segment for each sample of the pixel (PS3.5 G.2, G.4). */
export function rleFrame(frame: Uint8Array, columns: number, samplesPerPixel: number): Uint8Array {
  const planes = Array.from({ length: samplesPerPixel }, (_, first) =>
    packPlane(frame, { first, step: samplesPerPixel }, columns),
  );
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  header.setUint32(0, planes.length, true);
  let offset = HEADER_BYTES;
  for (const [index, plane] of planes.entries()) {
    header.setUint32(4 * (index + 1), offset, true);
    offset += plane.length;
  }
  return Buffer.concat([new Uint8Array(header.buffer), ...planes]);
}
