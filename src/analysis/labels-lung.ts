// Which of the fourteen scanning areas a lung cine shows. In: what the sources of its labels say, in the order of trust. Out: the area and side with where
// each came from, and notes where sources disagree. What nothing says stays unknown.
import type { LabelSource, Side } from '../contracts/finding.ts';
import { LUNG_PLACES } from '../contracts/lung-areas.ts';
import type { Meaning } from './labels-meaning.ts';
import type { Statement } from './labels-statements.ts';

export type LungArea = {
  readonly area: number | null;
  readonly areaSource: LabelSource;
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly notes: readonly string[];
};

/** Whether a name like R3 or L4 lies on the side that it is written with, as in the scheme of fourteen areas. */
const fits = ({ area, areaSide }: Meaning): boolean =>
  area === undefined || areaSide === undefined || LUNG_PLACES[area - 1]?.side === areaSide;

/**
 * Whether names like R3 and L4 may be read as areas. Other schemes number each side from 1 by itself, so that an L1 anywhere in the study
 * (area 1 lies on the right) gives every such name of it another meaning. `studies` holds the statements of each instance.
 */
export const numbersAreTrusted = (studies: readonly (readonly Statement[])[]): boolean =>
  studies.every((statements) => statements.every(({ meanings }) => meanings.every(fits)));

/** The one value that is said, or undefined for none or several. */
function single<T>(values: readonly (T | undefined)[]): T | undefined {
  const said = new Set(values.filter((value) => value !== undefined));
  return said.size === 1 ? [...said][0] : undefined;
}

/** The one area that fits, or null. `side` stands in where the source names none. */
function areaFrom(meanings: readonly Meaning[], side: Side, trustNumbers: boolean): number | null {
  const numbers = meanings.flatMap((said) =>
    said.area !== undefined && (said.areaSide === undefined || (trustNumbers && fits(said))) ? [said.area] : [],
  );
  const sides = meanings.flatMap((said) => said.side ?? []);
  // The side of a name like R1 goes before that of the header: then a contradiction between them is seen, and told.
  const own = sides.length === 0 ? (single(meanings.map((said) => said.areaSide)) ?? side) : single(sides);
  const surface = single(meanings.map((said) => said.surface));
  const height = single(meanings.map((said) => said.height));
  const worded = LUNG_PLACES.findIndex((one) => one.side === own && one.surface === surface && one.height === height) + 1;
  return single([...numbers, ...(worded > 0 ? [worded] : [])]) ?? null;
}

/** The study tells of the body part at most. */
const tellsArea = ({ attribute }: Statement): boolean => attribute !== 'StudyDescription';

/**
 * Area and side of one cine. A source that contradicts one before it is noted; an area that lies on the other side than a surer source says is not
 * taken, since nobody can tell which of the two is wrong.
 */
export function lungAreaOf(
  statements: readonly Statement[],
  known: { readonly side: Side; readonly sideSource: LabelSource },
  trustNumbers: boolean,
): LungArea {
  const notes: string[] = [];
  let taken: { readonly area: number; readonly attribute: string; readonly source: LabelSource } | null = null;
  for (const { attribute, source, meanings } of statements.filter(tellsArea)) {
    const area = areaFrom(meanings, known.side, trustNumbers);
    if (area === null) continue;
    if (taken === null) taken = { area, attribute, source };
    else if (taken.area !== area)
      notes.push(`${attribute} says area ${area}, ${taken.attribute} says ${taken.area}; ${taken.attribute} was taken.`);
  }
  if (taken === null) return { area: null, areaSource: 'none', ...sideOf(known), notes };
  const areaSide = LUNG_PLACES[taken.area - 1]?.side ?? 'unknown';
  if (known.side === 'unknown')
    return { area: taken.area, areaSource: taken.source, side: areaSide, sideSource: taken.source, notes };
  if (areaSide === known.side) return { area: taken.area, areaSource: taken.source, ...sideOf(known), notes };
  const against = `${taken.attribute} says area ${taken.area}, which is not on the ${known.side} side; no area was taken.`;
  return { area: null, areaSource: 'none', ...sideOf(known), notes: [...notes, against] };
}

const sideOf = ({ side, sideSource }: Pick<LungArea, 'side' | 'sideSource'>) => ({ side, sideSource });
