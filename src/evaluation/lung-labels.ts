// The truth about lung studies. In: the JSON of a labels file, as the simulation writes it or a department makes it. Out: checked labels, or a Fault
// that names every problem by path.
import type { LungScore } from '../contracts/finding.ts';
import { LUNG_PLACES } from '../contracts/lung-areas.ts';
import { isRow, isUid, parseStudies, type Row } from './label-file.ts';

/** What is true of one cine. `area` is 1 to 14, null where it is not said. */
export type CineTruth = { readonly sopInstanceUid: string; readonly area: number | null; readonly score: LungScore };

export type LungTruth = { readonly studyInstanceUid: string; readonly cines: ReadonlyMap<string, CineTruth> };

const SCORES: readonly LungScore[] = [0, 1, 2, 3];
const AREAS = LUNG_PLACES.length;
const isArea = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= AREAS;

function cineTruth(row: Row, where: string, problems: string[]): CineTruth | null {
  const { sopInstanceUid, area = null } = row;
  const score = SCORES.find((one) => one === row['score']);
  if (!isUid(sopInstanceUid)) problems.push(`${where}.sopInstanceUid: must be a UID`);
  if (score === undefined) problems.push(`${where}.score: must be one of ${SCORES.join(', ')}`);
  if (area !== null && !isArea(area)) problems.push(`${where}.area: must be a whole number from 1 to ${AREAS}, or null`);
  if (!isUid(sopInstanceUid) || score === undefined) return null;
  return { sopInstanceUid, score, area: isArea(area) ? area : null };
}

function studyTruth(row: Row, where: string, problems: string[]): LungTruth {
  const { studyInstanceUid, areas } = row;
  if (!isUid(studyInstanceUid)) problems.push(`${where}.studyInstanceUid: must be a UID`);
  if (!Array.isArray(areas) || !areas.every(isRow)) problems.push(`${where}.areas: must be a list of objects`);
  const rows: readonly Row[] = Array.isArray(areas) ? areas.filter(isRow) : [];
  const cines = rows.flatMap((area, index) => cineTruth(area, `${where}.areas[${index}]`, problems) ?? []);
  const byUid = new Map(cines.map((cine) => [cine.sopInstanceUid, cine]));
  if (byUid.size < cines.length) problems.push(`${where}.areas: a cine is labelled twice`);
  return { studyInstanceUid: isUid(studyInstanceUid) ? studyInstanceUid : '', cines: byUid };
}

/**
 * The labels of one file: the object of one study, or a list of them: `studyInstanceUid`, and `areas` with one row a cine (`sopInstanceUid`, `score`,
 * and `area` where it is known). Other fields are passed over. Fault `evaluation-data-invalid`.
 */
export function parseLungLabels(json: unknown, file: string): readonly LungTruth[] {
  return parseStudies(json, file, studyTruth);
}
