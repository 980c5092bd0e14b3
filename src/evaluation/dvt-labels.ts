// The truth about compression cines. In: the JSON of a labels file, as the simulation writes it or a department makes it. Out: checked labels, or a Fault
// that names every problem by path.
import type { Compressibility, Landmark, Side } from '../contracts/finding.ts';
import { isRow, isUid, parseStudies, type Row } from './label-file.ts';

/** What is true of one frame; `open` is null where no vein is in view or nothing is said. */
export type DvtFrameTruth = {
  readonly landmark: Landmark | 'background';
  readonly open: boolean | null;
  /** Area of the veins in view as a share of that at rest, where it was measured. */
  readonly openShare: number | null;
};

/** What is true of one cine. `compressibility` is that of the landmarks the cine stays at. */
export type DvtCineTruth = {
  readonly sopInstanceUid: string;
  readonly side: Side;
  readonly compressibility: Readonly<Partial<Record<Landmark, Compressibility>>>;
  readonly frames: readonly DvtFrameTruth[];
};

export type DvtTruth = { readonly studyInstanceUid: string; readonly cines: ReadonlyMap<string, DvtCineTruth> };

/** A word of the file → what it means here. */
const SIDES: Readonly<Record<string, Side>> = { L: 'left', R: 'right' };
const LANDMARKS: readonly Landmark[] = ['SFJ', 'GSV'];
const PLACES: readonly (Landmark | 'background')[] = ['background', ...LANDMARKS];
const STATEMENTS: readonly Compressibility[] = ['fully', 'partially', 'non-compressible', 'indeterminate'];

function frameTruth(row: unknown, where: string, problems: string[]): DvtFrameTruth {
  const { landmark, open = null, openShare = null } = isRow(row) ? row : {};
  const place = PLACES.find((one) => one === landmark);
  if (place === undefined) problems.push(`${where}.landmark: must be one of ${PLACES.join(', ')}`);
  if (open !== null && typeof open !== 'boolean') problems.push(`${where}.open: must be true, false or null`);
  const share = typeof openShare === 'number' && openShare >= 0 ? openShare : null;
  if (openShare !== null && share === null) problems.push(`${where}.openShare: must be a number from 0, or null`);
  return { landmark: place ?? 'background', open: typeof open === 'boolean' ? open : null, openShare: share };
}

function compressibilityTruth(value: unknown, where: string, problems: string[]): DvtCineTruth['compressibility'] {
  if (value === undefined) return {};
  if (!isRow(value)) {
    problems.push(`${where}: must be an object`);
    return {};
  }
  const said: Partial<Record<Landmark, Compressibility>> = {};
  for (const [key, word] of Object.entries(value)) {
    const landmark = LANDMARKS.find((one) => one === key);
    const statement = STATEMENTS.find((one) => one === word);
    if (landmark === undefined) problems.push(`${where}.${key}: must be one of ${LANDMARKS.join(', ')}`);
    else if (statement === undefined) problems.push(`${where}.${key}: must be one of ${STATEMENTS.join(', ')}`);
    else said[landmark] = statement;
  }
  return said;
}

function cineTruth(row: Row, where: string, problems: string[]): DvtCineTruth {
  const { sopInstanceUid, side, frames = [] } = row;
  if (!isUid(sopInstanceUid)) problems.push(`${where}.sopInstanceUid: must be a UID`);
  const known = typeof side === 'string' && Object.hasOwn(SIDES, side) ? SIDES[side] : undefined;
  if (known === undefined) problems.push(`${where}.side: must be one of ${Object.keys(SIDES).join(', ')}`);
  if (!Array.isArray(frames)) problems.push(`${where}.frames: must be a list`);
  const list: readonly unknown[] = Array.isArray(frames) ? frames : [];
  return {
    sopInstanceUid: isUid(sopInstanceUid) ? sopInstanceUid : '',
    side: known ?? 'unknown',
    compressibility: compressibilityTruth(row['compressibility'], `${where}.compressibility`, problems),
    frames: list.map((frame, index) => frameTruth(frame, `${where}.frames[${index}]`, problems)),
  };
}

function studyTruth(row: Row, where: string, problems: string[]): DvtTruth {
  const { studyInstanceUid, cines } = row;
  if (!isUid(studyInstanceUid)) problems.push(`${where}.studyInstanceUid: must be a UID`);
  if (!Array.isArray(cines) || !cines.every(isRow)) problems.push(`${where}.cines: must be a list of objects`);
  const rows: readonly Row[] = Array.isArray(cines) ? cines.filter(isRow) : [];
  const truths = rows.map((cine, index) => cineTruth(cine, `${where}.cines[${index}]`, problems));
  const byUid = new Map(truths.map((truth) => [truth.sopInstanceUid, truth]));
  if (byUid.size < truths.length) problems.push(`${where}.cines: a cine is labelled twice`);
  return { studyInstanceUid: isUid(studyInstanceUid) ? studyInstanceUid : '', cines: byUid };
}

/**
 * The labels of one file: the object of one study, or a list of them: `studyInstanceUid`, and `cines` with `sopInstanceUid`, `side`, and where known
 * `compressibility` by landmark and `frames` (`landmark`, `open`, `openShare`), one row a frame from the first. Other fields are passed over. Fault
 * `evaluation-data-invalid`.
 */
export function parseDvtLabels(json: unknown, file: string): readonly DvtTruth[] {
  return parseStudies(json, file, studyTruth);
}
