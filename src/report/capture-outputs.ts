// All attention objects of a job. In: a result with its statements, and who gets them. Out: the objects as bytes, in the form that each destination is
// configured for, and how a report names them.
import { setImmediate } from 'node:timers/promises';
import type { Destination } from '../contracts/delivery.ts';
import { type Dataset, text } from '../dicom/dataset.ts';
import { rleFrame } from '../dicom/rle-encode.ts';
import { type CaptureFacts, captureReference, secondaryCapture } from './capture.ts';
import { cineCapture, cineName, cinesOf, cineUid } from './capture-cine.ts';
import { cineFrames } from './capture-cine-frames.ts';
import { CINE } from './capture-cine-layout.ts';
import { captureFrames, type ReadSpooled } from './capture-frames.ts';
import { PAGE, type Page } from './capture-layout.ts';
import { pagesOf } from './capture-page.ts';
import { singleName, singlePages } from './capture-single.ts';
import { wantsSingle } from './report-forms.ts';
import type { AttentionPages } from './sr-groups.ts';
import type { Instead } from './sr-naming.ts';
import type { Statement } from './statement.ts';
import { type Output, packedImage } from './written.ts';

export type CaptureOutputs = {
  readonly written: readonly Output[];
  /** As a report names them. */
  readonly pages: AttentionPages & { readonly seriesInstanceUid: string };
  /** What stands for them in the report of a destination of single images. */
  readonly instead: Instead;
};

export type CaptureOutputParts = CaptureFacts & {
  readonly statements: readonly Statement[];
  /** A short name per SOP Instance UID. */
  readonly names: ReadonlyMap<string, string>;
  readonly read: ReadSpooled;
  /** Names of those who get the objects. */
  readonly destinations: readonly string[];
  readonly configured: readonly Destination[];
};

const referenceOf = (attributes: Dataset) => ({
  sopClassUid: text(attributes, 'SOPClassUID'),
  sopInstanceUid: text(attributes, 'SOPInstanceUID'),
});

const SAMPLES = 3;

/** RGB frames in RLE Lossless, which makes pages small without a loss. With a breath between them: the node listens to its peers meanwhile. */
async function packed(frames: AsyncIterable<Uint8Array>, columns: number): Promise<readonly Uint8Array[]> {
  const small: Uint8Array[] = [];
  for await (const frame of frames) {
    small.push(rleFrame(frame, columns, SAMPLES));
    await setImmediate();
  }
  return small;
}

/**
 * Pages as one instance, pages as single images, cines. A destination of single images gets no cine: a frame of one says nothing by itself. Each object is
 * drawn when it is written, so that one at a time is held.
 */
export function captureOutputs(parts: CaptureOutputParts): CaptureOutputs {
  const { result, template, names, read, destinations, configured } = parts;
  const statements = new Map(parts.statements.map((statement) => [statement.key, statement]));
  const pages = pagesOf(result).filter(({ key }) => key === null || statements.has(key));
  const plays = cinesOf(result).filter(({ key }) => statements.has(key));
  const reference = captureReference(result);
  const cines = plays.map(({ key }) => ({ key, sopClassUid: reference.sopClassUid, sopInstanceUid: cineUid(result, key) }));

  const capture = secondaryCapture({ ...parts, pages });
  const drawn = (some: readonly Page[]) => packed(captureFrames(some, { result, template, names, read }), PAGE.width);
  const singles = singlePages(capture);
  const forSingles = destinations.filter((name) => wantsSingle(name, configured));
  const forPages = destinations.filter((name) => !forSingles.includes(name));
  const written: Output[] = [];
  if (forPages.length > 0 || forSingles.length === 0) {
    written.push(packedImage('capture.dcm', { attributes: capture, frames: () => drawn(pages), destinations: forPages }));
    for (const [index, play] of plays.entries()) {
      const attributes = cineCapture({ ...parts, statement: statements.get(play.key) }, play, index + 1);
      const moving = () => packed(cineFrames(play, { run: result.run, template, names, statements, read }), CINE.width);
      written.push(packedImage(cineName(index + 1), { attributes, frames: moving, destinations: forPages }));
    }
  }
  for (const [index, attributes] of (forSingles.length > 0 ? singles : []).entries()) {
    const own = () => drawn(pages.slice(index, index + 1));
    written.push(packedImage(singleName(index + 1), { attributes, frames: own, destinations: forSingles }));
  }
  return {
    written,
    pages: {
      ...reference,
      framesOf: (key) => pages.flatMap((page, index) => (page.key === key ? [index + 1] : [])),
      cines,
    },
    instead: new Map<string, readonly ReturnType<typeof referenceOf>[]>([
      [reference.sopInstanceUid, singles.map(referenceOf)],
      ...cines.map(({ sopInstanceUid }): [string, []] => [sopInstanceUid, []]),
    ]),
  };
}
