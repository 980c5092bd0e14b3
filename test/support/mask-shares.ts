// How well drawn marks are found. In: clean pictures, marks and an ink, and the finder. Out: counts of mark pixels left and tissue pixels lost.
import type { Picture } from './clean-pictures.ts';
import { type Ink, type Mark, withMarks } from './drawn-marks.ts';

/** Pixels: of visible marks, of those the finder left, of tissue that no mark touched, of those it took. */
export type MaskCount = { readonly drawn: number; readonly left: number; readonly tissue: number; readonly lost: number };

/** Fills the mask's pixels; any reader of pictures that leaves out what was drawn. */
export type Cleaner = (pictures: readonly Picture[]) => readonly Picture[];

/** A pixel counts as left when the cleaned picture still holds it as drawn. The pictures are frames of one cine where marks move. */
export function countLeft(
  pictures: readonly Picture[],
  clean: Cleaner,
  draw: { readonly marks: readonly Mark[]; readonly ink: Ink },
): MaskCount {
  const drawn = pictures.map((picture, frame) => withMarks(picture, draw.marks, draw.ink, frame));
  const cleaned = clean(drawn.map(({ picture }) => picture));
  const count = { drawn: 0, left: 0, tissue: 0, lost: 0 };
  for (const [index, { picture, truth }] of drawn.entries()) {
    const after = cleaned[index]?.data ?? picture.data;
    for (let at = 0; at < truth.length; at++) {
      const kind = truth[at];
      const same = after[at] === picture.data[at];
      if (kind === 2) {
        count.drawn += 1;
        if (same) count.left += 1;
      } else if (kind === 0) {
        count.tissue += 1;
        if (!same) count.lost += 1;
      }
    }
  }
  return count;
}

export const addCounts = (one: MaskCount, other: MaskCount): MaskCount => ({
  drawn: one.drawn + other.drawn,
  left: one.left + other.left,
  tissue: one.tissue + other.tissue,
  lost: one.lost + other.lost,
});

export const leftShare = ({ left, drawn }: MaskCount): number => left / Math.max(1, drawn);
export const lostShare = ({ lost, tissue }: MaskCount): number => lost / Math.max(1, tissue);
