// On which frame the group of each statement is drawn. In: statements. Out: the same with a frame each, no two on one frame where that can be helped,
// because viewers print the words of a group beside its outline: two groups on one frame are unreadable both. Pure.
import type { RegionReference, Statement } from './statement.ts';

/** A statement with the frame that its group is drawn on; null where it has none. */
export type Drawn = { readonly statement: Statement; readonly region: RegionReference | null };

const nameOf = ({ sopInstanceUid, frameNumber }: RegionReference): string => `${sopInstanceUid} ${frameNumber}`;

/** The frames of the same cine that would do as well: those that the statement rests on first, then the others by their distance. */
function alternatives(region: RegionReference, { sources }: Statement): readonly RegionReference[] {
  const named = sources.flatMap(({ sopInstanceUid, frames }) => (sopInstanceUid === region.sopInstanceUid ? frames : []));
  const others = Array.from({ length: region.numberOfFrames }, (_, index) => index + 1).toSorted(
    (one, other) => Math.abs(one - region.frameNumber) - Math.abs(other - region.frameNumber),
  );
  return [region.frameNumber, ...named, ...others].map((frameNumber) => ({ ...region, frameNumber }));
}

/**
 * Key frames keep their frame, in a group of their own or in that of their statement: they are about that very frame. Other statements give way to them, and those that sum up the others
 * to these. A still has no other frame: it is drawn on twice then.
 */
export function drawnApart(statements: readonly Statement[]): readonly Drawn[] {
  const taken = new Set(
    statements.flatMap(({ keyFrames }) =>
      keyFrames.filter(({ ofTheStatement }) => !ofTheStatement).map(({ frame }) => nameOf(frame)),
    ),
  );
  const regions = new Map<Statement, RegionReference>();
  const place = (statement: Statement): void => {
    const { region } = statement;
    if (region === null) return;
    const bound = statement.keyFrames.some(({ ofTheStatement }) => ofTheStatement);
    const chosen = bound ? region : (alternatives(region, statement).find((one) => !taken.has(nameOf(one))) ?? region);
    taken.add(nameOf(chosen));
    regions.set(statement, chosen);
  };
  for (const statement of statements) if (!statement.ofTheWhole) place(statement);
  for (const statement of statements) if (statement.ofTheWhole) place(statement);
  return statements.map((statement) => ({ statement, region: regions.get(statement) ?? null }));
}
