// In: one frame, eight bits a sample. Out: the frame as DICOM RLE (PS3.5 Annex G).

/** Packs one row-ordered plane with PackBits (PS3.5 G.3.1), rows apart as G.3.1 asks, to an even length. */
function packed(plane: Uint8Array, columns: number): Uint8Array {
  const out: number[] = [];
  for (let start = 0; start < plane.length; start += columns) {
    const end = Math.min(plane.length, start + columns);
    let at = start;
    while (at < end) {
      let run = 1;
      while (at + run < end && run < 128 && plane[at + run] === plane[at]) run++;
      if (run >= 3) {
        out.push(257 - run, plane[at] ?? 0);
        at += run;
        continue;
      }
      let stop = at;
      while (
        stop < end &&
        stop - at < 128 &&
        !(plane[stop] === plane[stop + 1] && plane[stop] === plane[stop + 2] && stop + 2 < end)
      )
        stop++;
      out.push(stop - at - 1);
      for (; at < stop; at++) out.push(plane[at] ?? 0);
    }
  }
  if (out.length % 2 === 1) out.push(0);
  return Uint8Array.from(out);
}

/** One RLE frame: header of 64 bytes, then a segment for each sample of the pixel (PS3.5 G.2, G.4). */
export function rleFrame(frame: Uint8Array, columns: number, samplesPerPixel: number): Uint8Array {
  const planes = Array.from({ length: samplesPerPixel }, (_, sample) => {
    const plane = new Uint8Array(frame.length / samplesPerPixel);
    for (let i = 0; i < plane.length; i++) plane[i] = frame[i * samplesPerPixel + sample] ?? 0;
    return packed(plane, columns);
  });
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, planes.length, true);
  let offset = 64;
  planes.forEach((plane, n) => {
    header.setUint32(4 * (n + 1), offset, true);
    offset += plane.length;
  });
  const whole = new Uint8Array(offset);
  whole.set(new Uint8Array(header.buffer));
  let at = 64;
  for (const plane of planes) {
    whole.set(plane, at);
    at += plane.length;
  }
  return whole;
}
