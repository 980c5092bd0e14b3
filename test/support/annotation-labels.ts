// What was read off a simulated screen against what is written on it. In: a reader and a screen, or labels and the truth. Out: labels, or counts.
import type { AnnotationReader } from '../../src/analysis/annotation.ts';
import { type Labels, labelsFrom } from '../../src/analysis/labels.ts';
import type { AnnotationTruth } from '../../src/phantom/annotated-screens.ts';
import type { Screen } from '../../src/phantom/screen.ts';

/** Labels from the picture alone. */
export async function labelsRead(
  reader: AnnotationReader | undefined,
  screen: Screen,
  names: readonly string[],
): Promise<Labels> {
  if (reader === undefined) throw new RangeError('no reader for this family');
  const { rows, columns, samplesPerPixel: channels, pixels: data } = screen;
  const meanings = await reader.read({ rows, columns, channels, data }, names);
  return labelsFrom([{ attribute: 'The text on the picture', source: 'text', meanings }]);
}

export type Tally = { readonly labels: number; readonly right: number; readonly wrong: number };

/** Counts the labels of the truth that were read right, and those that were read as another; the rest stayed unknown. */
export function tallied(labels: Labels, truth: AnnotationTruth): Tally {
  const read: Readonly<Record<keyof AnnotationTruth, unknown>> = {
    side: labels.side === 'unknown' ? null : labels.side,
    vein: labels.vein === 'unknown' ? null : labels.vein,
    landmark: labels.landmark.value,
    compression: labels.compression,
    area: labels.lungArea.area,
    view: labels.echoView.value,
  };
  const wanted = Object.entries(truth);
  const right = wanted.filter(([name, value]) => read[name as keyof AnnotationTruth] === value).length;
  const unread = wanted.filter(([name]) => read[name as keyof AnnotationTruth] === null).length;
  return { labels: wanted.length, right, wrong: wanted.length - right - unread };
}
