// Vein sections of a study. In: clips with their labels and ranked frames. Out: the keyframes of each section, side by vein, within the budget.
import type { LabelSource, Side, Vein } from '../contracts/finding.ts';
import type { ChosenFrame, Clip } from './clip.ts';
import { shareBudget } from './keyframes.ts';
import { leastSure } from './labels.ts';

export type Section = {
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly vein: Vein;
  readonly veinSource: LabelSource;
  /** In the order of the images: series, instance number, frame. */
  readonly picks: readonly ChosenFrame[];
  readonly notes: readonly string[];
};

const SIDES: readonly Side[] = ['left', 'right', 'unknown'];
const VEINS: readonly Vein[] = ['CFV', 'FV', 'POP', 'unknown'];

/** Most keyframes of one cine when the section has other images, which the sonographer chose and a cine must not drown. */
const MOST_BESIDE_OTHERS = 8;

const compared = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Acquisition order as far as the headers tell; the UID only to make it total. */
function inOrder(clips: readonly Clip[]): Clip[] {
  return [...clips].sort(
    (a, b) =>
      compared(a.input.header.seriesInstanceUid, b.input.header.seriesInstanceUid) ||
      (a.input.header.instanceNumber ?? 0) - (b.input.header.instanceNumber ?? 0) ||
      compared(a.input.header.sopInstanceUid, b.input.header.sopInstanceUid),
  );
}

const distinctTexts = (texts: readonly string[]): string[] => [...new Set(texts)];

function sectionOf(side: Side, vein: Vein, clips: readonly Clip[], most: number): Section {
  const views = clips.flatMap((clip) => clip.views.map((view) => ({ clip, view })));
  const mostOfView = views.length > 1 ? MOST_BESIDE_OTHERS : most;
  const shares = shareBudget(
    views.map(({ view }) => Math.min(mostOfView, view.ranking.frames.length)),
    most,
  );
  const picks = views.flatMap(({ clip, view }, index) =>
    view.ranking.frames
      .slice(0, shares[index])
      .sort((a, b) => a - b)
      .map((frame) => ({ clip, view, frame })),
  );
  const found = views.reduce((sum, { view }) => sum + view.ranking.distinct, 0);
  const lossy = picks.filter((pick) => pick.clip.lossy).length;
  const notes = [
    ...(picks.length < found
      ? [
          `${picks.length} of ${found} distinct frames were looked at: images evenly chosen, of a cine the frames that differ most.`,
        ]
      : []),
    ...(lossy > 0 ? [`Lossy compressed: ${lossy} of ${picks.length} keyframes.`] : []),
    ...(side === 'unknown' ? ['The images do not say which side they show.'] : []),
    ...(vein === 'unknown' ? ['The images do not say which vein they show.'] : []),
    ...distinctTexts(clips.flatMap((clip) => [...clip.labels.notes, ...clip.notes])),
  ];
  return {
    side,
    vein,
    sideSource: leastSure(clips.map((clip) => clip.labels.sideSource)),
    veinSource: leastSure(clips.map((clip) => clip.labels.veinSource)),
    picks,
    notes,
  };
}

/**
 * Groups clips into sections: left, right, unknown; CFV, FV, POP, unknown. Images of which the side or the vein is not known are kept
 * apart rather than guessed. `most` keyframes a section.
 */
export function sectionsOf(clips: readonly Clip[], most: number): Section[] {
  const ordered = inOrder(clips);
  return SIDES.flatMap((side) =>
    VEINS.flatMap((vein) => {
      const members = ordered.filter((clip) => clip.labels.side === side && clip.labels.vein === vein && clip.views.length > 0);
      return members.length === 0 ? [] : [sectionOf(side, vein, members, most)];
    }),
  );
}

/**
 * Which cine each pick is of, numbered from 0, where the section has stills too; null for stills. In a section of cines alone all are null: there
 * their frames are all there is.
 */
export function cinesBesideStills(picks: readonly ChosenFrame[]): readonly (number | null)[] {
  const isStill = ({ clip }: ChosenFrame): boolean => clip.frameCount === 1;
  const cines = [...new Set(picks.filter((pick) => !isStill(pick)).map(({ view }) => view))];
  const hasStills = picks.some(isStill);
  return picks.map((pick) => (!hasStills || isStill(pick) ? null : cines.indexOf(pick.view)));
}
