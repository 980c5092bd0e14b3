// In: a seed and wishes. Out: the whole examination of the leg veins: stills and cines of the vein sections, and compression cines of the groin, as one
// study with the truth about both.

import { text } from '../dicom/dataset.ts';
import { type CineChoice, compressionInstances, type DvtCineLabel } from './dvt-study.ts';
import type { LegStudyWish } from './leg-attributes.ts';
import { type ScreenLabel, type SpecialScreen, screenInstance } from './leg-screens.ts';
import { type LegLabels, legStudy, type PhantomInstance } from './leg-study.ts';
import { drawProbe } from './probe.ts';
import { randomFrom } from './random.ts';

export type LegExaminationWish = LegStudyWish & {
  /** Compression cines, in order. */
  readonly compression: readonly CineChoice[];
  /** Stills with other screens, in order, of the sections in turn; none by default. */
  readonly screens?: readonly SpecialScreen[];
};

/** The labels of the sections, as `cines` those of the compression cines, and as `screens` those of other screens. */
export type LegExaminationLabels = LegLabels & {
  readonly cines: readonly DvtCineLabel[];
  readonly screens: readonly ScreenLabel[];
};

/** The vein sections first, then other screens of them, then the compression cines, in series of their own. */
export function legExamination({ compression, screens = [], ...wish }: LegExaminationWish): {
  readonly instances: readonly PhantomInstance[];
  readonly labels: LegExaminationLabels;
} {
  const study = legStudy(screens.length === 0 ? wish : { ...wish, added: screens.join(' ') });
  const { labels, examination, sections } = study;
  const special = screens.flatMap((screen, n) => {
    const section = sections[n % sections.length];
    return section === undefined ? [] : [screenInstance(screen, examination, { section, number: study.instances.length + n })];
  });
  const instances = [...study.instances, ...special.map(({ instance }) => instance)];
  const series = instances.map(({ attributes }) => Number(text(attributes, 'SeriesNumber')));
  const cines = [
    ...compressionInstances(
      {
        seed: wish.seed,
        key: examination.key,
        date: examination.date,
        style: labels.style,
        probe: drawProbe(labels.probeFamily, randomFrom(wish.seed, 'compression probe')),
        picture: examination.picture,
        firstNumber: instances.length,
        firstSeries: Math.max(0, ...series) + 1,
      },
      compression,
    ),
  ];
  return {
    instances: [...instances, ...cines.map(({ instance }) => instance)],
    labels: { ...labels, cines: cines.map(({ label }) => label), screens: special.map(({ label }) => label) },
  };
}
