// What is sent when a destination accepts no presentation context for some objects of a job. In: those objects in the spool. Out: simpler ones beside
// them: single images for pages of several frames, a report that names what the destination then has, its correction where it was sent before, a report in a
// simpler class.
import { createHash } from 'node:crypto';
import type { Artifact } from '../contracts/delivery.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, number, text } from '../dicom/dataset.ts';
import { openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { part10 } from '../dicom/part10-write.ts';
import { rleFrame } from '../dicom/rle-encode.ts';
import { MULTI_FRAME_TRUE_COLOR_SC, storageClass } from '../dicom/sop-classes.ts';
import { EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS } from '../dicom/transfer-syntaxes.ts';
import type { Database } from '../store/database.ts';
import type { NewArtifact } from '../store/outbox.ts';
import { reportsSent } from '../store/replacement.ts';
import type { Spool } from '../store/spool.ts';
import { PAGE } from './capture-layout.ts';
import { singleName, singlePages } from './capture-single.ts';
import { documentName } from './earlier-report.ts';
import { corrected, type Instead, type Naming, nameCorrected, nameNaming, naming } from './sr-naming.ts';
import { simplerForm } from './sr-simpler.ts';

type FormSpool = Pick<Spool, 'absolute' | 'writeFile'>;

/** Objects that stand in the place of others; `words` say so in the row of each that is replaced. */
export type Replacement = {
  readonly replaces: readonly { readonly artifactKey: number; readonly words: string }[];
  readonly artifacts: readonly NewArtifact[];
};

type Making = { readonly destination: string; readonly spool: FormSpool; readonly db: Database };

const LIMITS = { maxPixels: PAGE.width * PAGE.height, maxFrames: 1000, maxFrameBytes: PAGE.width * PAGE.height * 3 };

async function attributesAt(path: string): Promise<Dataset> {
  const file = await openPart10(path);
  try {
    return await attributesOf(file);
  } finally {
    await file.close();
  }
}

/** A file name beside that of an artifact. */
const beside = ({ spoolPath }: Artifact, name: string): string => spoolPath.replace(/[^/]+$/u, name);

async function written(
  { kind }: Artifact,
  spoolPath: string,
  {
    attributes,
    frames,
    making,
  }: { readonly attributes: Dataset; readonly frames?: readonly Uint8Array[]; readonly making: Making },
): Promise<NewArtifact> {
  const transferSyntaxUid = frames === undefined ? EXPLICIT_LITTLE_ENDIAN : RLE_LOSSLESS;
  const bytes = part10({ attributes, transferSyntaxUid, ...(frames === undefined ? {} : { frames }) });
  await making.spool.writeFile(spoolPath, bytes);
  return {
    kind,
    sopClassUid: text(attributes, 'SOPClassUID'),
    sopInstanceUid: text(attributes, 'SOPInstanceUID'),
    transferSyntaxUid,
    controlId: '',
    spoolPath,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    destinations: [making.destination],
  };
}

/** The pages of a capture as single images; none for a cine, whose frames say nothing one by one. */
async function singles(capture: Artifact, making: Making): Promise<readonly NewArtifact[]> {
  const path = making.spool.absolute(capture.spoolPath);
  const attributes = await attributesAt(path);
  if (number(attributes, 'FrameTime') !== null) return [];
  const source = await openFrames(path, LIMITS);
  try {
    const images: NewArtifact[] = [];
    for (const [index, page] of singlePages(attributes).entries()) {
      const { data } = await source.frame(index);
      const frames = [rleFrame(data, source.columns, 3)];
      images.push(await written(capture, beside(capture, singleName(index + 1)), { attributes: page, frames, making }));
    }
    return images;
  } finally {
    await source.close();
  }
}

const namingKind = (instead: Instead): Naming => ([...instead.values()].some((others) => others.length > 0) ? 'pages' : 'bare');

/** Reports that name other images; one that names none of the refused ones stays as it is. */
async function reportsNaming(reports: readonly Artifact[], instead: Instead, making: Making): Promise<Replacement> {
  const kind = namingKind(instead);
  const words =
    kind === 'pages'
      ? 'A report that names the single images is sent instead.'
      : 'A report without images of ours is sent instead.';
  const artifacts: NewArtifact[] = [];
  const replaces: { artifactKey: number; words: string }[] = [];
  for (const report of reports) {
    const attributes = naming(await attributesAt(making.spool.absolute(report.spoolPath)), instead);
    if (attributes === null) continue;
    artifacts.push(await written(report, nameNaming(report.spoolPath, kind), { attributes, making }));
    replaces.push({ artifactKey: report.artifactKey, words });
  }
  return { replaces, artifacts };
}

/**
 * Corrections of the reports that the destination has and that name refused images: it took those before it began to refuse these. Of several forms of one
 * document the latest, which may be a correction itself; none of a document that is under way, since that is brought into line itself.
 */
async function correctionsOf(
  [capture]: readonly Artifact[],
  underWay: readonly Artifact[],
  { instead, making }: { readonly instead: Instead; readonly making: Making },
): Promise<readonly NewArtifact[]> {
  const { db, destination, spool } = making;
  if (capture === undefined) return [];
  const latest = new Map<string, Artifact>();
  for (const report of await reportsSent(db, { jobKey: capture.jobKey, destination }))
    latest.set(documentName(report.spoolPath), report);
  for (const { spoolPath } of underWay) latest.delete(documentName(spoolPath));
  const artifacts: NewArtifact[] = [];
  for (const report of latest.values()) {
    const attributes = corrected(await attributesAt(spool.absolute(report.spoolPath)), instead);
    if (attributes === null) continue;
    const name = nameCorrected(nameNaming(report.spoolPath, namingKind(instead)));
    artifacts.push(await written(report, name, { attributes, making }));
  }
  return artifacts;
}

async function withoutCaptures(
  captures: readonly Artifact[],
  reports: readonly Artifact[],
  making: Making,
): Promise<Replacement> {
  const images: NewArtifact[] = [];
  const replaces: { artifactKey: number; words: string }[] = [];
  const instead = new Map<string, readonly NewArtifact[]>();
  for (const capture of captures) {
    const ofPages = capture.sopClassUid === MULTI_FRAME_TRUE_COLOR_SC ? await singles(capture, making) : [];
    instead.set(capture.sopInstanceUid, ofPages);
    images.push(...ofPages);
    if (capture.sopClassUid !== MULTI_FRAME_TRUE_COLOR_SC) continue;
    const { length } = ofPages;
    const words =
      length === 0 ? 'A cine has no simpler form.' : `Sent as ${length} single image${length === 1 ? '' : 's'} instead.`;
    replaces.push({ artifactKey: capture.artifactKey, words });
  }
  const naming = await reportsNaming(reports, instead, making);
  const corrections = await correctionsOf(captures, reports, { instead, making });
  // A single image has no simpler form; it gives way to the correction, which could not be sent in the place of anything else.
  const giveWay = replaces.length > 0 || corrections.length === 0 ? replaces : captures.map(withoutForm);
  const told = corrections.length === 0 ? giveWay : giveWay.map((one) => ({ ...one, words: `${one.words} ${CORRECTED}` }));
  return { replaces: [...told, ...naming.replaces], artifacts: [...images, ...naming.artifacts, ...corrections] };
}

const CORRECTED = 'The report that was sent before is corrected.';
const withoutForm = ({ artifactKey }: Artifact) => ({ artifactKey, words: 'There is no simpler form.' });

async function simplerClasses(reports: readonly Artifact[], { destination, spool }: Making): Promise<readonly Replacement[]> {
  const found: Replacement[] = [];
  for (const report of reports) {
    const form = await simplerForm(report, destination, spool);
    if (form === null) continue;
    const words = `Sent as ${storageClass(form.sopClassUid)?.name ?? form.sopClassUid} instead.`;
    found.push({ replaces: [{ artifactKey: report.artifactKey, words }], artifacts: [form] });
  }
  return found;
}

/**
 * The simpler forms of objects of one job that a destination accepts no presentation context for, in the order in which they are to be sent; nothing for
 * an object that has none. One step at a time: a report is brought into line with its images first, into another class when that is refused next. A report
 * that was sent before its images were refused is corrected.
 * Written beside the objects, the same again for the same objects. Faults: `spool-full`, `spool-write-failed`.
 */
export async function simplerForms(
  refused: readonly Artifact[],
  destination: string,
  parts: { readonly spool: FormSpool; readonly db: Database },
): Promise<readonly Replacement[]> {
  const making: Making = { destination, ...parts };
  const captures = refused.filter(({ kind }) => kind === 'capture');
  const reports = refused.filter(({ kind }) => kind === 'sr');
  if (captures.length === 0) return simplerClasses(reports, making);
  const replacement = await withoutCaptures(captures, reports, making);
  return replacement.replaces.length === 0 ? [] : [replacement];
}
