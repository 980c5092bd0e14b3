// Prints how well text on pictures is read: the share of right and of wrong labels on simulated screens of five styles, and the time a screen takes.
// Usage: node scripts/measure-annotations.ts [every n-th annotation]
import { annotationReader, WANTED } from '../src/analysis/annotation.ts';
import { VOCABULARY } from '../src/analysis/label-words.ts';
import { textReader } from '../src/edge/text-reader.ts';
import { ANNOTATED_NAMES, ANNOTATIONS, annotatedScreens } from '../src/phantom/annotated-screens.ts';
import { allScreenStyles } from '../src/phantom/screen.ts';
import { labelsRead, type Tally, tallied } from '../test/support/annotation-labels.ts';

const every = Number(process.argv[2] ?? 1);
const annotations = ANNOTATIONS.filter((_, index) => index % every === 0);
const reader = textReader();
const totals: Tally[] = [];
for (const style of allScreenStyles) {
  const readers = new Map(
    Object.entries(WANTED).map(([family, wanted]) => [family, annotationReader(reader.read, { wanted, vocabulary: VOCABULARY })]),
  );
  const tallies: Tally[] = [];
  const tookMs: number[] = [];
  for (const { screen, truth, family, text } of annotatedScreens(style, annotations, 3)) {
    const since = performance.now();
    const labels = await labelsRead(readers.get(family), screen, ANNOTATED_NAMES);
    tookMs.push(performance.now() - since);
    const tally = tallied(labels, truth);
    if (tally.right < tally.labels)
      console.log(`  ${style} ${text}: ${tally.right} of ${tally.labels} right, ${tally.wrong} wrong`);
    tallies.push(tally);
  }
  totals.push(...tallies);
  const median = tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1] ?? 0;
  console.log(`${style}: ${shares(tallies)}, median ${Math.round(median)} ms a screen`);
}
console.log(`all: ${shares(totals)}`);
await reader.close();

function shares(tallies: readonly Tally[]): string {
  const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
  const percent = (part: number): string => `${((100 * part) / sum('labels')).toFixed(1)} %`;
  return `${percent(sum('right'))} of ${sum('labels')} labels right, ${percent(sum('wrong'))} wrong`;
}
