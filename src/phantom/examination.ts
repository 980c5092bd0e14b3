// What simulated examinations of all kinds have in common. In: a seed and wishes. Out: the scanner, the day, the key of the UIDs, the words on every
// screen, and the head of the labels.

import { uidFrom } from '../dicom/uids.ts';
import { type Probe, type ProbeFamily, probeFamilies } from './probe.ts';
import { type Random, randomFrom } from './random.ts';
import { type ScreenStyle, type ScreenTexts, screenStyles } from './screen.ts';

/** Size of a picture in pixels. */
export type Size = { readonly rows: number; readonly columns: number };

/** What can be wished of any examination; what is left out is drawn. */
export type ExaminationWish = {
  readonly seed: number;
  readonly style?: ScreenStyle;
  readonly probeFamily?: ProbeFamily;
  /** Size of a picture; 418 by 578 by default. */
  readonly picture?: Size;
};

/** What all images of an examination share. Patients are invented and say so: `part` is in every name ("PHANTOM^LUNG 7"). */
export type Examination<Scanner = unknown> = {
  readonly part: 'LEG' | 'LUNG' | 'ECHO';
  readonly seed: number;
  readonly style: ScreenStyle;
  readonly probeFamily: ProbeFamily;
  readonly probe: Scanner;
  readonly picture: Size;
  /** DICOM DA. */
  readonly date: string;
  /** Tells this study from others with the same seed: all UIDs come from it. */
  readonly key: string;
};

/** What the labels of every study begin with. */
export type StudyLabels = {
  readonly seed: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly style: ScreenStyle;
  readonly probeFamily: ProbeFamily;
};

/** Draws an examination. `name` is that of its stream of chance, which is given back for what else is drawn of it. */
export function drawExamination<Scanner>(
  wish: ExaminationWish,
  kind: {
    readonly part: Examination['part'];
    readonly name: string;
    readonly drawProbe: (family: ProbeFamily, chance: Random) => Scanner;
    /** The day is drawn before the probe, not after it; other orders would make other examinations of the seeds that there are. */
    readonly dayFirst?: true;
  },
): { readonly examination: Examination<Scanner>; readonly chance: Random } {
  const chance = randomFrom(wish.seed, `${kind.name} study`);
  const style = wish.style ?? chance.pick(screenStyles);
  const probeFamily = wish.probeFamily ?? chance.pick(probeFamilies);
  const day = (): string =>
    `2026${String(chance.integer(1, 12)).padStart(2, '0')}${String(chance.integer(1, 28)).padStart(2, '0')}`;
  const early = kind.dayFirst ? day() : null;
  const probe = kind.drawProbe(probeFamily, chance);
  const examination: Examination<Scanner> = {
    part: kind.part,
    seed: wish.seed,
    style,
    probeFamily,
    probe,
    picture: wish.picture ?? { rows: 418, columns: 578 },
    date: early ?? day(),
    // Another wish is another study, also with the same seed.
    key: `phantom ${kind.name} ${JSON.stringify(wish)}`,
  };
  return { examination, chance };
}

export const studyLabels = ({ seed, key, style, probeFamily }: Examination): StudyLabels => ({
  seed,
  studyInstanceUid: uidFrom(key, 'study'),
  accessionNumber: accessionNumber(seed),
  style,
  probeFamily,
});

/** The UID of an image, `number` counted over the whole study from 0. */
export const imageUid = ({ key }: Examination, number: number): string => uidFrom(key, 'instance', String(number));

export const accessionNumber = (seed: number): string => `PH${seed}`;
export const patientId = (seed: number): string => `PHANTOM-${seed}`;
export const INSTITUTION = 'PHANTOM HOSPITAL';

/** Name of the patient as DICOM PN; on the screen the caret is a blank. */
export const patientName = ({ part, seed }: Pick<Examination, 'part' | 'seed'>): string => `PHANTOM^${part} ${seed}`;

/** Time of day of an image as DICOM TM: two a minute from 10:05 on. */
export function clockTime(number: number): string {
  const minute = 5 + Math.floor(number / 2);
  return `10${String(minute % 60).padStart(2, '0')}${number % 2 === 0 ? '12' : '47'}`;
}

/** The words on the screen of an image, with those that its kind adds. */
export const screenTexts = (
  examination: Examination,
  number: number,
  own: Pick<ScreenTexts, 'annotation' | 'probe' | 'settings'>,
): ScreenTexts => ({
  patientName: patientName(examination).replace('^', ' '),
  patientId: patientId(examination.seed),
  date: examination.date.replace(/(....)(..)(..)/, '$1-$2-$3'),
  time: clockTime(number).replace(/(..)(..)(..)/, '$1:$2:$3'),
  institution: INSTITUTION,
  ...own,
});

/** The lines of settings beside a picture: frame rate, depth, dynamic range, gain. Machines have two words for the range. */
export const settingLines = (
  { dynamicRangeDb, gainDb }: Probe,
  shown: { readonly framesPerSecond: number; readonly depthMm: number; readonly range?: 'DR' | 'C' },
): readonly string[] => [
  `FR ${shown.framesPerSecond}HZ`,
  `D ${(shown.depthMm / 10).toFixed(1)}CM`,
  `${shown.range ?? 'DR'} ${Math.round(dynamicRangeDb)}`,
  `GN ${Math.round(60 + 4 * gainDb)}%`,
];
