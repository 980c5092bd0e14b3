// In: a seed and wishes. Out: the whole examination of the leg veins: stills and cines of the vein sections, and compression cines of the groin, as one
// study with the truth about both.

import { type CineChoice, compressionImages, type DvtCineLabel } from './dvt-study.ts';
import type { LegStudyWish } from './leg-attributes.ts';
import { type ScreenLabel, type SpecialScreen, screenImage } from './leg-screens.ts';
import { type LegLabels, legStudy } from './leg-study.ts';
import type { PhantomStudy } from './phantom-image.ts';
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
export function legExamination({ compression, screens = [], ...wish }: LegExaminationWish): PhantomStudy<LegExaminationLabels> {
  const study = legStudy(screens.length === 0 ? wish : { ...wish, added: screens.join(' ') });
  const { labels, examination, sections } = study;
  const special = screens.flatMap((screen, n) => {
    const section = sections[n % sections.length];
    return section === undefined ? [] : [screenImage(screen, examination, { section, number: study.images.length + n })];
  });
  const images = [...study.images, ...special.map(({ image }) => image)];
  const probe = drawProbe(examination.probeFamily, randomFrom(wish.seed, 'compression probe'));
  const first = { number: images.length, series: examination.series.length + 1 };
  const cines = compressionImages({ ...examination, probe }, compression, first);
  return {
    images: [...images, ...cines.map(({ image }) => image)],
    labels: { ...labels, cines: cines.map(({ label }) => label), screens: special.map(({ label }) => label) },
  };
}
