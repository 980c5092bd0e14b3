// What came back to the stand-ins of PACS and EHR, made readable. In: the demonstration's folder. Out: findings as plain data, HTML of the reports, PNG of the
// attention pages, and moving WebP of the attention cines.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Code } from '../contracts/model.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, number, text } from '../dicom/dataset.ts';
import { openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { COMPREHENSIVE_SR, MULTI_FRAME_TRUE_COLOR_SC } from '../dicom/sop-classes.ts';
import { fault } from '../kernel/errors.ts';
import { srHtml } from '../report/sr-html.ts';
import { type ContentItem, itemsIn, treeOf } from '../report/sr-tree.ts';

/** One finding of a received report, as its measurement group says it. */
export type ReceivedFinding = {
  readonly trackingIdentifier: string;
  readonly finding: string;
  readonly site: string;
  readonly laterality: string;
  /** The coded answer, or the number. */
  readonly answer: string;
  /** Null where the report makes no statement. */
  readonly certaintyPercent: number | null;
};

export type ReceivedReport = {
  readonly file: string;
  readonly html: string;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly findings: readonly ReceivedFinding[];
};
export type CameBack = {
  readonly reports: readonly ReceivedReport[];
  readonly pictures: readonly string[];
  readonly messages: readonly { readonly file: string; readonly text: string }[];
};

const LIMITS = { maxPixels: 64_000_000, maxFrames: 1000, maxFrameBytes: 192_000_000 };

/** Reads `pacs/*.dcm` and `ehr/*.hl7` of the folder; writes an HTML page beside each report and its pictures beside each capture: a PNG a page, or a WebP that plays. */
export async function readCameBack(folder: string): Promise<CameBack> {
  const pacs = path.join(folder, 'pacs');
  const ehr = path.join(folder, 'ehr');
  const reports: ReceivedReport[] = [];
  const pictures: string[] = [];
  for (const name of (await readdir(pacs)).filter((file) => file.endsWith('.dcm')).toSorted()) {
    const file = path.join(pacs, name);
    const attributes = await attributesIn(file);
    const sopClass = text(attributes, 'SOPClassUID');
    if (sopClass === COMPREHENSIVE_SR) reports.push(await receivedReport(file, attributes));
    if (sopClass === MULTI_FRAME_TRUE_COLOR_SC) pictures.push(...(await picturesOf(file, number(attributes, 'FrameTime'))));
  }
  const names = (await readdir(ehr)).filter((file) => file.endsWith('.hl7')).toSorted();
  const messages = await Promise.all(
    names.map(async (name) => ({ file: path.join(ehr, name), text: await readFile(path.join(ehr, name), 'utf8') })),
  );
  return { reports, pictures, messages };
}

async function attributesIn(file: string): Promise<Dataset> {
  const opened = await openPart10(file);
  try {
    return attributesOf(opened);
  } finally {
    await opened.close();
  }
}

async function receivedReport(file: string, attributes: Dataset): Promise<ReceivedReport> {
  const tree = treeOf(attributes);
  if (tree === null) throw fault('dataset-not-understood', `${file} has no content tree.`);
  const html = file.replace(/\.dcm$/, '.html');
  await writeFile(html, srHtml(tree));
  const groups = itemsIn(tree).filter((item) => item.concept?.meaning === 'Measurement Group');
  return {
    file,
    html,
    studyInstanceUid: text(attributes, 'StudyInstanceUID'),
    accessionNumber: text(attributes, 'AccessionNumber'),
    findings: groups.flatMap(findingOf),
  };
}

/** The answer of a group to its finding: a code, or a number; a group that names its finding and gives neither makes no statement. */
function answerIn(group: ContentItem, finding: Code): string {
  const answers = group.children.filter(({ concept }) => concept?.value === finding.value && concept.scheme === finding.scheme);
  for (const { value } of answers) {
    if (value.type === 'CODE') return value.code.meaning;
    if (value.type === 'NUM') return value.number;
  }
  return 'Undetermined';
}

/** The group of a statement names its finding; those of key frames name none. */
function findingOf(group: ContentItem): readonly ReceivedFinding[] {
  const child = (meaning: string): ContentItem | undefined => group.children.find((item) => item.concept?.meaning === meaning);
  const finding = child('Finding')?.value;
  if (finding?.type !== 'CODE') return [];
  const certainty = child('Certainty of Finding')?.value;
  const site = child('Finding Site');
  const laterality = site?.children[0]?.value;
  const tracking = child('Tracking Identifier')?.value;
  return [
    {
      trackingIdentifier: tracking?.type === 'TEXT' ? tracking.text : '',
      finding: finding.code.meaning,
      site: site?.value.type === 'CODE' ? site.value.code.meaning : '',
      laterality: laterality?.type === 'CODE' ? laterality.code.meaning : '',
      answer: answerIn(group, finding.code),
      certaintyPercent: certainty?.type === 'NUM' ? Number(certainty.number) : null,
    },
  ];
}

async function picturesOf(file: string, frameTimeMs: number | null): Promise<readonly string[]> {
  const source = await openFrames(file, LIMITS);
  try {
    const written: string[] = [];
    const moving: Uint8Array[] = [];
    for (let index = 0; index < source.frameCount; index += 1) {
      const { data, rows, columns, channels } = await source.frame(index);
      if (frameTimeMs !== null) {
        moving.push(data);
        continue;
      }
      const picture = file.replace(/\.dcm$/, `-${String(index + 1).padStart(2, '0')}.png`);
      await sharp(data, { raw: { width: columns, height: rows, channels } })
        .png()
        .toFile(picture);
      written.push(picture);
    }
    if (frameTimeMs !== null) written.push(await playedPicture(file, moving, { ...source, frameTimeMs }));
    return written;
  } finally {
    await source.close();
  }
}

/** The RGB frames of a cine as one picture that plays; resolves with its file. */
async function playedPicture(
  file: string,
  frames: readonly Uint8Array[],
  { rows, columns, frameTimeMs }: { readonly rows: number; readonly columns: number; readonly frameTimeMs: number },
): Promise<string> {
  const picture = file.replace(/\.dcm$/, '.webp');
  const raw = { width: columns, height: rows * frames.length, channels: 3, pageHeight: rows } as const;
  await sharp(Buffer.concat(frames), { raw })
    .webp({ quality: 90, effort: 0, delay: frames.map(() => Math.round(frameTimeMs)) })
    .toFile(picture);
  return picture;
}
