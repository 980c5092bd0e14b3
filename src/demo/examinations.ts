// The examinations of the demonstration. In: a kind, a folder and a seed. Out: simulated files, and what was put into them by the keys of the statements
// that a report makes of it.
import type { Side } from '../contracts/finding.ts';
import type { DvtCineLabel } from '../phantom/dvt-study.ts';
import type { EchoLabels } from '../phantom/echo-labels.ts';
import type { LegExaminationLabels } from '../phantom/leg-examination.ts';
import type { LungLabels } from '../phantom/lung-study.ts';
import { writeEchoStudy, writeLegExamination, writeLungStudy } from '../phantom/write.ts';
import { ECHO_GLOBAL_KEY, echoViewKey, LUNG_TOTAL_KEY, landmarkKey, lungCineKeys, sectionKey } from '../report/statement-keys.ts';

export const EXAMINATION_KINDS = ['leg', 'lung', 'echo'] as const;
export type ExaminationKind = (typeof EXAMINATION_KINDS)[number];

/** A simulated examination: its study, and what is true of each statement, in a few words. */
export type Examination = {
  readonly kind: ExaminationKind;
  readonly folder: string;
  readonly studyInstanceUid: string;
  readonly truths: Readonly<Record<string, string>>;
};

/** Smaller than a screen of today, so that the simulation takes seconds; veins are the finest of the three. */
const LEG_PICTURE = { rows: 314, columns: 434 } as const;
const PICTURE = { rows: 272, columns: 376 } as const;

const sideOf = (side: 'L' | 'R'): Side => (side === 'L' ? 'left' : 'right');

const landmarkTruths = ({ side, compressibility }: DvtCineLabel): readonly (readonly [string, string])[] =>
  (['SFJ', 'GSV'] as const).flatMap((landmark) => {
    const truth = compressibility[landmark];
    return truth === undefined ? [] : [[landmarkKey({ side: sideOf(side), landmark }), truth] as const];
  });

const legTruths = ({ sections, cines }: LegExaminationLabels): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...sections.map(({ side, vein, sec }) => [sectionKey({ side: sideOf(side), vein }), sec] as const),
    ...cines.flatMap(landmarkTruths),
  ]);

function lungTruths({ areas }: LungLabels): Readonly<Record<string, string>> {
  const keys = lungCineKeys(areas);
  return Object.fromEntries([
    ...areas.map(({ score }, index) => [keys[index] ?? '', `score ${score}`] as const),
    [LUNG_TOTAL_KEY, `sum ${areas.reduce((sum, { score }) => sum + score, 0)}`],
  ]);
}

const wallMotion = (isAbnormal: boolean): string => (isAbnormal ? 'abnormal' : 'normal');

const echoTruths = ({ cines, wallMotionAbnormality }: EchoLabels): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...cines.flatMap(({ viewClass, wallMotionAbnormality: isAbnormal }) =>
      viewClass === 'other' ? [] : [[echoViewKey(viewClass), wallMotion(isAbnormal)] as const],
    ),
    [ECHO_GLOBAL_KEY, wallMotion(wallMotionAbnormality)],
  ]);

const WRITE: Readonly<Record<ExaminationKind, (folder: string, seed: number) => Promise<Omit<Examination, 'kind' | 'folder'>>>> =
  {
    leg: async (folder, seed) => {
      const { labels } = await writeLegExamination(folder, {
        seed,
        picture: LEG_PICTURE,
        compression: [
          { side: 'L', route: 'LM1', compressibility: 'full', pressing: 'full', frames: 60 },
          { side: 'R', route: 'LM1', compressibility: 'none', pressing: 'full', frames: 60 },
        ],
      });
      return { studyInstanceUid: labels.studyInstanceUid, truths: legTruths(labels) };
    },
    lung: async (folder, seed) => {
      const areas = ([1, 3, 5, 8, 12] as const).map((area) => ({ area }));
      const { labels } = await writeLungStudy(folder, { seed, picture: PICTURE, frames: 20, areas });
      return { studyInstanceUid: labels.studyInstanceUid, truths: lungTruths(labels) };
    },
    echo: async (folder, seed) => {
      const { labels } = await writeEchoStudy(folder, { seed, picture: PICTURE, views: ['PLAX', 'A4C', 'A2C', 'PSAX'] });
      return { studyInstanceUid: labels.studyInstanceUid, truths: echoTruths(labels) };
    },
  };

/** Simulates one examination into `folder`. Takes many seconds of one core. */
export const simulate = async (kind: ExaminationKind, folder: string, seed: number): Promise<Examination> => ({
  kind,
  folder,
  ...(await WRITE[kind](folder, seed)),
});
