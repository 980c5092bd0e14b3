// From answers about frames to statements about landmarks. In: the answers of one network over the cines of a study. Out: where in each cine a landmark is
// held, and for each side and landmark the statement over all of its cines. Pure.
import type { Compressibility, Landmark, LandmarkResult } from '../contracts/finding.ts';
import type { Verdict } from './compression.ts';
import type { Label } from './labels.ts';
import type { FrameAnswer } from './vascular-dvt.ts';

export const LANDMARKS: readonly Landmark[] = ['SFJ', 'GSV'];

const WORDS: Readonly<Record<Landmark, string>> = { SFJ: 'saphenofemoral junction', GSV: 'great saphenous vein' };

/** Answers over which P(landmark) is averaged, and the longest gap inside one stay: a vein pressed flat hides the landmark. */
const SMOOTH = 9;
export const LONGEST_GAP = 20;

/** A stay at a landmark: places of its first and last answer, and the mean P of the landmark where it was seen. */
export type Stay = { readonly landmark: Landmark; readonly first: number; readonly last: number; readonly probability: number };

type Seen = { readonly landmark: Landmark | null; readonly probability: number };

function seenAt(answers: readonly FrameAnswer[], at: number, from: number): Seen {
  const reach = (SMOOTH - 1) / 2;
  const near = answers.slice(Math.max(0, at - reach), at + reach + 1);
  const meanOf = (place: 1 | 2): number => near.reduce((sum, { landmarks }) => sum + landmarks[place], 0) / near.length;
  const [sfj, gsv] = [meanOf(1), meanOf(2)];
  const [landmark, probability] = sfj >= gsv ? (['SFJ', sfj] as const) : (['GSV', gsv] as const);
  return { landmark: probability >= from ? landmark : null, probability };
}

/** Stays in time order. A short gap without another landmark does not end a stay. `from` is the operating point on the mean P of a landmark. */
export function staysOf(answers: readonly FrameAnswer[], from: number): Stay[] {
  const stays: { landmark: Landmark; first: number; last: number; sum: number; seen: number }[] = [];
  for (const at of answers.keys()) {
    const { landmark, probability } = seenAt(answers, at, from);
    if (landmark === null) continue;
    const open = stays.at(-1);
    if (open?.landmark === landmark && at - open.last - 1 <= LONGEST_GAP) {
      open.last = at;
      open.sum += probability;
      open.seen += 1;
    } else stays.push({ landmark, first: at, last: at, sum: probability, seen: 1 });
  }
  return stays.map(({ landmark, first, last, sum, seen }) => ({ landmark, first, last, probability: sum / seen }));
}

/** From best to worst news; the worst statement that can be made of a landmark counts. */
const ORDER: readonly Compressibility[] = ['indeterminate', 'fully', 'partially', 'non-compressible'];

const isWorse = (one: Compressibility, other: Compressibility): boolean => ORDER.indexOf(one) > ORDER.indexOf(other);

const DVT: Readonly<Record<Compressibility, LandmarkResult['dvt']>> = {
  fully: 'absent',
  partially: 'suspected',
  'non-compressible': 'suspected',
  indeterminate: 'undetermined',
};

export const dvtOf = (compressibility: Compressibility): LandmarkResult['dvt'] => DVT[compressibility];

/** The statement of several that counts: the worst, of equals the surest; null for none. */
export function worst<T extends { readonly verdict: Verdict }>(statements: readonly T[]): T | null {
  return statements.reduce<T | null>((chosen, one) => {
    if (chosen === null || isWorse(one.verdict.compressibility, chosen.verdict.compressibility)) return one;
    if (isWorse(chosen.verdict.compressibility, one.verdict.compressibility)) return chosen;
    return (one.verdict.certainty ?? 0) > (chosen.verdict.certainty ?? 0) ? one : chosen;
  }, null);
}

/** Distinct definite statements disagree. */
export function disagreement(verdicts: readonly Verdict[]): string | null {
  const definite = new Set(
    verdicts.flatMap(({ compressibility }) => (compressibility === 'indeterminate' ? [] : [compressibility])),
  );
  return definite.size > 1
    ? `The courses of this landmark disagree (${[...definite].join(', ')}); the least compressible counts.`
    : null;
}

const nothingSeen = (because: string): Verdict => ({
  compressibility: 'indeterminate',
  because,
  certainty: null,
  restAt: null,
  pressedAt: null,
});

/** A statement against the description is none: the cine says one landmark, the network takes it for the other. */
export function contradicted(stay: Stay, label: Pick<Label<Landmark>, 'value'>): Verdict | null {
  if (label.value === null || label.value === stay.landmark) return null;
  const [said, taken] = [WORDS[label.value], WORDS[stay.landmark]];
  return nothingSeen(`The description names the ${said}; the network takes the picture for the ${taken}.`);
}

/** For a landmark that is named and that the network does not see. */
export const unseen = (landmark: Landmark): Verdict =>
  nothingSeen(`The description names the ${WORDS[landmark]}; the network does not see it in the cine.`);
