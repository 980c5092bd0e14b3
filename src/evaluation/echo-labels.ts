// The truth about echo studies. In: the JSON of a labels file, as the simulation writes it or a department makes it. Out: checked labels, or a Fault that
// names every problem by path.
import type { EchoViewOrOther } from '../contracts/finding.ts';
import { isRow, isUid, parseStudies, type Row } from './label-file.ts';

/** What is true of one cine; `wallMotionAbnormality` is that of the segments its view shows, null where it is not said. */
export type EchoCineTruth = {
  readonly sopInstanceUid: string;
  readonly view: EchoViewOrOther;
  readonly wallMotionAbnormality: boolean | null;
};

/** Measured by magnetic resonance; null where it was not. */
export type TissueTruth = {
  readonly t1Ms: number | null;
  readonly t2Ms: number | null;
  readonly ecvPercent: number | null;
  readonly lateEnhancement: boolean | null;
};

export type EchoTruth = {
  readonly studyInstanceUid: string;
  readonly wallMotionAbnormality: boolean | null;
  readonly tissue: TissueTruth;
  readonly cines: ReadonlyMap<string, EchoCineTruth>;
};

const VIEWS: readonly EchoViewOrOther[] = ['A4C', 'A2C', 'PLAX', 'other'];

/** Where in the file a value stands, and what is wrong so far. */
type At = { readonly where: string; readonly problems: string[] };

function boolean(row: Row, key: string, { where, problems }: At): boolean | null {
  const value = row[key] ?? null;
  if (value === null || typeof value === 'boolean') return value;
  problems.push(`${where}.${key}: must be true, false or null`);
  return null;
}

function quantity(row: Row, key: string, { where, problems }: At): number | null {
  const value = row[key] ?? null;
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  problems.push(`${where}.${key}: must be a number or null`);
  return null;
}

function cineTruth(row: Row, at: At): EchoCineTruth | null {
  const { sopInstanceUid } = row;
  const view = VIEWS.find((one) => one === row['viewClass']);
  if (!isUid(sopInstanceUid)) at.problems.push(`${at.where}.sopInstanceUid: must be a UID`);
  if (view === undefined) at.problems.push(`${at.where}.viewClass: must be one of ${VIEWS.join(', ')}`);
  const wallMotionAbnormality = boolean(row, 'wallMotionAbnormality', at);
  return isUid(sopInstanceUid) && view !== undefined ? { sopInstanceUid, view, wallMotionAbnormality } : null;
}

function studyTruth(row: Row, at: At): EchoTruth {
  const { where, problems } = at;
  const { studyInstanceUid, cines, tissue = {} } = row;
  if (!isUid(studyInstanceUid)) problems.push(`${where}.studyInstanceUid: must be a UID`);
  if (!Array.isArray(cines) || !cines.every(isRow)) problems.push(`${where}.cines: must be a list of objects`);
  if (!isRow(tissue)) problems.push(`${where}.tissue: must be an object`);
  const rows: readonly Row[] = Array.isArray(cines) ? cines.filter(isRow) : [];
  const truths = rows.flatMap((cine, index) => cineTruth(cine, { where: `${where}.cines[${index}]`, problems }) ?? []);
  const byUid = new Map(truths.map((cine) => [cine.sopInstanceUid, cine]));
  if (byUid.size < truths.length) problems.push(`${where}.cines: a cine is labelled twice`);
  const values = isRow(tissue) ? tissue : {};
  const inTissue = { where: `${where}.tissue`, problems };
  return {
    studyInstanceUid: isUid(studyInstanceUid) ? studyInstanceUid : '',
    wallMotionAbnormality: boolean(row, 'wallMotionAbnormality', at),
    tissue: {
      t1Ms: quantity(values, 't1Ms', inTissue),
      t2Ms: quantity(values, 't2Ms', inTissue),
      ecvPercent: quantity(values, 'ecvPercent', inTissue),
      lateEnhancement: boolean(values, 'lateEnhancement', inTissue),
    },
    cines: byUid,
  };
}

/**
 * The labels of one file: the object of one study, or a list of them: `studyInstanceUid`, `wallMotionAbnormality`, `tissue` (`t1Ms`, `t2Ms`, `ecvPercent`,
 * `lateEnhancement`), and `cines` with one row each (`sopInstanceUid`, `viewClass`, `wallMotionAbnormality`). What is not known may be missing; other
 * fields are passed over. Fault `evaluation-data-invalid`.
 */
export function parseEchoLabels(json: unknown, file: string): readonly EchoTruth[] {
  return parseStudies(json, file, (row, where, problems) => studyTruth(row, { where, problems }));
}
