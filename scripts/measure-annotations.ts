// Prints how well text on pictures is read: the share of right and of wrong labels on simulated screens of five styles, and how long a screen takes: the first
// one of a study, of which every line is read, and the others, of which the banner is known. Processor time, and the time that passes, which other work on the
// machine prolongs.
// Usage: node scripts/measure-annotations.ts [every n-th annotation of each style, 1 by default]
import { type AnnotationReader, annotationReader, WANTED } from '../src/analysis/annotation.ts';
import { VOCABULARY } from '../src/analysis/label-words.ts';
import { type Labels, labelsFrom } from '../src/analysis/labels.ts';
import { textReader } from '../src/edge/text-reader.ts';
import {
  ANNOTATED_NAMES,
  ANNOTATIONS,
  type AnnotationTruth,
  type AnnotationWish,
  annotatedScreens,
} from '../src/phantom/annotated-screens.ts';
import { allScreenStyles, type Screen } from '../src/phantom/screen.ts';

type Took = { readonly isFirst: boolean; readonly busyMs: number; readonly passedMs: number };
type Tally = Took & { readonly labels: number; readonly right: number; readonly wrong: number };

const every = Number(process.argv[2] ?? 1);
const reader = textReader();
/** A study has one style and one family, and a reader of its own. */
const readers = new Map<string, AnnotationReader>();

const newReader = (family: AnnotationWish['annotation']['family']): AnnotationReader =>
  annotationReader(reader.read, { wanted: WANTED[family], vocabulary: VOCABULARY });

function readerFor({ style, annotation }: AnnotationWish): { readonly from: AnnotationReader; readonly isFirst: boolean } {
  const key = `${style} ${annotation.family}`;
  const known = readers.get(key);
  const from = known ?? newReader(annotation.family);
  readers.set(key, from);
  return { from, isFirst: known === undefined };
}

/** Labels from the picture alone. */
async function labelsOn(
  { rows, columns, samplesPerPixel: channels, pixels: data }: Screen,
  from: AnnotationReader,
): Promise<Labels> {
  const meanings = await from.read({ rows, columns, channels, data }, ANNOTATED_NAMES);
  return labelsFrom([{ attribute: 'The text on the picture', source: 'text', meanings }]);
}

/** Counts the labels of the truth that were read right, and those that were read as another; the rest stayed unknown. */
function tallied(labels: Labels, truth: AnnotationTruth, took: Took): Tally {
  const pairs = [
    [truth.side, labels.side === 'unknown' ? null : labels.side],
    [truth.vein, labels.vein === 'unknown' ? null : labels.vein],
    [truth.landmark, labels.landmark.value],
    [truth.compression, labels.compression],
    [truth.area, labels.lungArea.area],
    [truth.view, labels.echoView.value],
  ].filter(([wanted]) => wanted !== undefined);
  const right = pairs.filter(([wanted, read]) => wanted === read).length;
  const unread = pairs.filter(([, read]) => read === null).length;
  return { labels: pairs.length, right, wrong: pairs.length - right - unread, ...took };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const times = (tallies: readonly Took[]): string => {
  if (tallies.length === 0) return 'none';
  const busy = tallies.map(({ busyMs }) => busyMs);
  const passed = median(tallies.map(({ passedMs }) => passedMs));
  return `median ${Math.round(median(busy))} ms, most ${Math.round(Math.max(...busy))} ms of processor time, ${Math.round(passed)} ms passed`;
};

function figures(name: string, tallies: readonly Tally[]): string {
  const sum = (of: 'labels' | 'right' | 'wrong'): number => tallies.reduce((total, tally) => total + tally[of], 0);
  const percent = (part: number): string => `${((100 * part) / sum('labels')).toFixed(1)} %`;
  const [first, others] = [tallies.filter(({ isFirst }) => isFirst), tallies.filter(({ isFirst }) => !isFirst)];
  return [
    `${name}: ${percent(sum('right'))} of ${sum('labels')} labels right, ${percent(sum('wrong'))} wrong`,
    `  first screens of ${first.length} studies: ${times(first)}`,
    `  ${others.length} others: ${times(others)}`,
  ].join('\n');
}

const wishes = allScreenStyles.flatMap((style, at) =>
  ANNOTATIONS.filter((_, index) => index % every === (at * 7) % every).map(
    (annotation): AnnotationWish => ({ style, annotation }),
  ),
);
const byStyle = new Map<string, Tally[]>(allScreenStyles.map((style) => [style, []]));
let isWarm = false;
for (const { style, annotation, screen } of annotatedScreens(wishes, 3)) {
  if (!isWarm) await labelsOn(screen, newReader(annotation.family));
  isWarm = true;
  const { from, isFirst } = readerFor({ style, annotation });
  const [since, began] = [process.cpuUsage(), performance.now()];
  const labels = await labelsOn(screen, from);
  const { user, system } = process.cpuUsage(since);
  const took = { isFirst, busyMs: (user + system) / 1000, passedMs: performance.now() - began };
  const tally = tallied(labels, annotation.truth, took);
  if (tally.right < tally.labels)
    console.log(`  ${style} "${annotation.text}": ${tally.right} of ${tally.labels} right, ${tally.wrong} wrong`);
  byStyle.get(style)?.push(tally);
}
for (const [style, tallies] of byStyle) console.log(figures(style, tallies));
console.log(figures('all', [...byStyle.values()].flat()));
await reader.close();
