// In: a seed and wishes. Out: the whole examination of the leg veins: stills and cines of the vein sections, and compression cines of the groin, as one
// study with the truth about both.

import { text } from '../dicom/dataset.ts';
import { type CineChoice, compressionInstances, type DvtCineLabel } from './dvt-study.ts';
import type { LegStudyWish } from './leg-attributes.ts';
import { type LegLabels, legStudy, legStudyKey, type PhantomInstance } from './leg-study.ts';
import { drawProbe } from './probe.ts';
import { randomFrom } from './random.ts';

export type LegExaminationWish = LegStudyWish & {
  /** Compression cines, in order. */
  readonly compression: readonly CineChoice[];
};

/** The labels of the sections, and as `cines` those of the compression cines. */
export type LegExaminationLabels = LegLabels & { readonly cines: readonly DvtCineLabel[] };

/** The vein sections first, then the compression cines, in series of their own. */
export function legExamination({ compression, ...wish }: LegExaminationWish): {
  readonly instances: readonly PhantomInstance[];
  readonly labels: LegExaminationLabels;
} {
  const { instances, labels } = legStudy(wish);
  const [first] = instances;
  const series = instances.map(({ attributes }) => Number(text(attributes, 'SeriesNumber')));
  const cines = [
    ...compressionInstances(
      {
        seed: wish.seed,
        key: legStudyKey(wish),
        date: text(first?.attributes ?? {}, 'StudyDate'),
        style: labels.style,
        probe: drawProbe(labels.probeFamily, randomFrom(wish.seed, 'compression probe')),
        picture: wish.picture ?? { rows: 418, columns: 578 },
        firstNumber: instances.length,
        firstSeries: Math.max(0, ...series) + 1,
      },
      compression,
    ),
  ];
  return {
    instances: [...instances, ...cines.map(({ instance }) => instance)],
    labels: { ...labels, cines: cines.map(({ label }) => label) },
  };
}
