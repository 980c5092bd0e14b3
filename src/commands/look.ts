// sonorelay look: what the node sees in one file. In: a DICOM file. Out: its regions, images, labels with their sources, frame times and the decision
// for each model family, as text; with --out, a picture of it. Says nothing of the patient.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { annotationReader, WANTED } from '../analysis/annotation.ts';
import { annotationsFileOf, readVocabulary } from '../analysis/annotation-file.ts';
import { loadEntry } from '../analysis/catalogue.ts';
import { FAMILIES } from '../analysis/families.ts';
import { clipParameters } from '../analysis/family.ts';
import type { Vocabulary } from '../analysis/label-words.ts';
import { type Labels, labelsFrom } from '../analysis/labels.ts';
import { statementsOf } from '../analysis/labels-statements.ts';
import { decisionsOf, type FamilyDecision, type Sight, sightOf } from '../analysis/sight.ts';
import type { Skip } from '../analysis/skips.ts';
import { stopwatch } from '../analysis/stopwatch.ts';
import type { AnalysisInput } from '../contracts/analyser.ts';
import type { PixelRectangle } from '../contracts/finding.ts';
import { attributesOf, instanceHeader } from '../dicom/attributes.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { frameTimes } from '../dicom/frame-times.ts';
import { openPart10 } from '../dicom/part10.ts';
import { transferSyntax } from '../dicom/transfer-syntaxes.ts';
import { type Region, ultrasoundRegions } from '../dicom/ultrasound.ts';
import { textReader } from '../edge/text-reader.ts';
import { fault } from '../kernel/errors.ts';
import { parseOptions } from './arguments.ts';
import { writeLook } from './look-picture.ts';
import { tableText } from './table.ts';

const HELP = `Usage: sonorelay look FILE [--out PNG] [--templates FOLDER]

Prints what the node sees in a DICOM file: its ultrasound regions, the images that are read, labels and where they come from, frame times, how
much was found drawn on the images and is taken out of them, and which model families can read it, or why not.
--out writes a frame with the images framed in green, other regions in blue, and what is taken out in orange. It shows the screen as it is stored.
--templates is the folder with the abbreviations of a site (annotations.json), as in the configuration; without it those of the project count.`;

const MODELS = path.resolve(import.meta.dirname, '..', '..', 'models');
const LIMITS = { maxPixels: 64_000_000, maxFrames: 20_000, maxFrameBytes: 192_000_000 };

type File = { readonly input: AnalysisInput; readonly attributes: Dataset };

async function openFile(file: string): Promise<File> {
  const opened = await openPart10(file);
  try {
    const attributes = attributesOf(opened);
    const header = instanceHeader(attributes, opened.transferSyntaxUid);
    return { input: { header, path: file, byteLength: 0, sha256: '' }, attributes };
  } finally {
    await opened.close();
  }
}

const boundsText = ({ x0, y0, x1, y1 }: PixelRectangle): string => `x ${x0}-${x1}, y ${y0}-${y1}`;

/** RegionSpatialFormat and RegionDataType, PS3.3 C.8.5.5.1.1 and C.8.5.5.1.2, in words. */
const FORMATS = ['none', '2D', 'M-mode', 'spectral', 'waveform', 'graphics'] as const;
const DATA: Readonly<Record<number, string>> = {
  1: 'tissue',
  2: 'colour flow',
  3: 'PW',
  4: 'CW',
  10: 'ECG',
  11: 'pulse',
  13: 'grey bar',
  14: 'colour bar',
};

/** A line with its name in the first column; an empty name for a line that goes on. */
const line = (name: string, text: string): string => `${name.padEnd(14)}${text}`;

/** Lines of which the first carries the name. */
const lines = (name: string, texts: readonly string[]): string[] =>
  texts.map((text, index) => line(index === 0 ? name : '', text));

function regionLines(named: readonly Region[]): string[] {
  if (named.length === 0) return [line('Regions', 'the file names none')];
  const texts = named.map(({ spatialFormat, dataType, bounds, deltas, units }) => {
    const scale = units.every((unit) => unit === 3) ? `${(10 * deltas[0]).toPrecision(4)} mm/pixel` : 'no scale in cm';
    return `${FORMATS[spatialFormat] ?? spatialFormat} ${DATA[dataType] ?? `data type ${dataType}`}, ${boundsText(bounds)}, ${scale}`;
  });
  return lines('Regions', texts);
}

function imageLines({ seen }: Sight): string[] {
  if (seen === null) return [line('Images', 'no frame can be decoded')];
  const texts = seen.places.map(({ rectangle, spacingMm, drawn }) => {
    const share = (100 * drawn.reduce((sum, pixel) => sum + pixel, 0)) / Math.max(1, drawn.length);
    const scale = spacingMm === null ? 'scale unknown' : `${spacingMm.x.toPrecision(4)} x ${spacingMm.y.toPrecision(4)} mm/pixel`;
    return `${boundsText(rectangle)}, ${scale}; drawn on frame ${seen.index + 1} and taken out: ${share.toFixed(2)} % of the pixels`;
  });
  return lines('Images', texts);
}

function timeLine(frameCount: number, attributes: Dataset): string {
  if (frameCount < 2) return line('Frames', '1, a still');
  const times = frameTimes(attributes, frameCount);
  if (times === null) return line('Frames', `${frameCount}; the file does not say how fast they were taken`);
  const steps = times.timesMs.slice(1).map((time, index) => time - (times.timesMs[index] ?? 0));
  const even = Math.max(...steps) - Math.min(...steps) < 1 ? 'evenly' : 'unevenly';
  const seconds = ((times.timesMs.at(-1) ?? 0) / 1000).toFixed(2);
  return line('Frames', `${frameCount} in ${seconds} s, ${times.framesPerSecond.toFixed(2)} a second, ${even}`);
}

function labelTable(labels: Labels): string {
  const { side, sideSource, vein, veinSource, orientation, compression, compressionSource, landmark, lungArea, echoView } =
    labels;
  const rows: readonly (readonly [string, string | null, string])[] = [
    ['side', side, sideSource],
    ['vein', vein, veinSource],
    ['view of the vessel', orientation, orientation === null ? 'none' : 'header'],
    ['compression', compression === null ? null : compression ? 'with' : 'without', compressionSource],
    ['landmark', landmark.value, landmark.source],
    ['lung area', lungArea.area === null ? null : String(lungArea.area), lungArea.areaSource],
    ['echo view', echoView.value, echoView.source],
  ];
  return tableText(
    ['Label', 'Value', 'Source'],
    rows.map(([name, value, source]) => [name, value ?? 'unknown', source]),
  );
}

/** How many frames the models of the project need, by family; of those that are there. */
async function leastFrames(): Promise<ReadonlyMap<string, number>> {
  const isThere = (family: string): boolean => existsSync(path.join(MODELS, family, 'manifest.json'));
  const readers = Object.entries(FAMILIES).flatMap(([family, { kind }]) =>
    kind !== 'keyframe-bag' && isThere(family) ? [family] : [],
  );
  const known = readers.map(async (family): Promise<readonly [string, number]> => {
    const { manifest } = await loadEntry(MODELS, family);
    return [family, clipParameters(manifest).minFrames];
  });
  return new Map(await Promise.all(known));
}

/** Where sources disagree, on any label. */
const labelNotes = ({ notes, viewNotes, landmark, lungArea, echoView }: Labels): readonly string[] => [
  ...new Set([...notes, ...viewNotes, ...landmark.notes, ...lungArea.notes, ...echoView.notes]),
];

const decisionTable = (decisions: readonly FamilyDecision[]): string =>
  tableText(
    ['Family', 'Reads', 'This file'],
    decisions.map(({ family, reads, because }) => [
      family,
      reads,
      because === null ? 'can be read' : `${because.reason}: ${because.sentence}`,
    ]),
  );

function fileText({ input, attributes }: File, sight: Sight | Skip, vocabulary: Vocabulary): string {
  const { header } = input;
  const syntax = transferSyntax(header.transferSyntaxUid)?.name ?? header.transferSyntaxUid;
  const isLeftOut = 'reason' in sight;
  const labels = isLeftOut ? labelsFrom(statementsOf(header, { attributes, vocabulary })) : sight.labels;
  const lossy = !isLeftOut && sight.lossy ? ', lossy' : '';
  return [
    line('Picture', `${header.rows} x ${header.columns}, ${syntax}${lossy}`),
    timeLine(header.numberOfFrames, attributes),
    ...regionLines(ultrasoundRegions(attributes)),
    ...(isLeftOut ? [line('Left out', `${sight.reason}: ${sight.sentence}`)] : imageLines(sight)),
    ...lines('Notes', [...(isLeftOut ? [] : sight.notes), ...labelNotes(labels)]),
    '',
    labelTable(labels),
  ].join('\n');
}

export async function look(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  const isFile = file !== undefined && !file.startsWith('-');
  const values = parseOptions(isFile ? rest : args, { out: { type: 'string' }, templates: { type: 'string' } }, HELP);
  if (values === null) return 0;
  if (!isFile) throw fault('usage', `Say which file.\n\n${HELP}`);
  const folder = typeof values['templates'] === 'string' ? path.resolve(values['templates']) : null;
  const vocabulary = await readVocabulary(annotationsFileOf(folder));
  const opened = await openFile(path.resolve(file));
  const reader = textReader();
  try {
    const texts = annotationReader(reader.read, { wanted: [...new Set(Object.values(WANTED).flat())], vocabulary });
    const looking = { limits: LIMITS, watch: stopwatch(() => performance.now()), texts };
    const sight = await sightOf(opened.input, looking);
    const decisions = await decisionsOf(opened.input, looking, await leastFrames());
    process.stdout.write(`${fileText(opened, sight, vocabulary)}\n\n${decisionTable(decisions)}\n`);
    if (typeof values['out'] === 'string') await writePicture(path.resolve(values['out']), opened, sight);
    return 0;
  } finally {
    await reader.close();
  }
}

async function writePicture(out: string, { attributes }: File, sight: Sight | Skip): Promise<void> {
  if ('reason' in sight || sight.seen === null) {
    process.stdout.write('\nNo picture was written: nothing of the file is read.\n');
    return;
  }
  await writeLook(out, sight.seen, ultrasoundRegions(attributes));
  process.stdout.write(`\n${out} shows frame ${sight.seen.index + 1}.\n`);
}
