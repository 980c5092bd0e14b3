// The truth about leg studies. In: the JSON of a labels file, as the simulation writes it or a department makes it. Out: checked labels, or a Fault
// that names every problem by path.
import type { Side, Vein } from '../contracts/finding.ts';
import { isRow, isUid, parseStudies, type Row } from './label-file.ts';

/** What is true of one vein section. `sec` is true when spontaneous echo contrast is present, of any grade. */
export type SectionTruth = { readonly side: Side; readonly vein: Vein; readonly sec: boolean };

/** What is true of one image object; null where nothing is said or it does not apply (a cine of a compression shows both). */
export type InstanceTruth = {
  readonly sopInstanceUid: string;
  readonly side: Side;
  readonly vein: Vein;
  readonly longitudinal: boolean | null;
  readonly compression: boolean | null;
};

export type StudyTruth = {
  readonly studyInstanceUid: string;
  readonly sections: readonly SectionTruth[];
  readonly instances: ReadonlyMap<string, InstanceTruth>;
};

/** A word of the file → what it means here. */
const SIDES: Readonly<Record<string, Side>> = { L: 'left', R: 'right' };
const VEINS: Readonly<Record<string, Vein>> = { CFV: 'CFV', FV: 'FV', POP: 'POP' };
const GRADES: Readonly<Record<string, boolean>> = { absent: false, present: true, mild: true, marked: true };
const VIEWS: Readonly<Record<string, boolean>> = { longitudinal: true, transverse: false };
const COMPRESSIONS: Readonly<Record<string, boolean | null>> = {
  with: true,
  without: false,
  cine: null,
  'not applicable': null,
};

/** Reads fields of rows and collects what is wrong with them. */
function reader(problems: string[]) {
  const rows = (value: unknown, where: string): readonly Row[] => {
    if (Array.isArray(value) && value.every(isRow)) return value;
    problems.push(`${where}: must be a list of objects`);
    return [];
  };
  const uid = (row: Row, key: string, where: string): string => {
    const value = row[key];
    if (isUid(value)) return value;
    problems.push(`${where}.${key}: must be a UID`);
    return '';
  };
  const word = <T>(row: Row, key: string, { table, where }: { readonly table: Readonly<Record<string, T>>; where: string }) => {
    const value = row[key];
    if (typeof value === 'string' && Object.hasOwn(table, value)) return table[value];
    problems.push(`${where}.${key}: must be one of ${Object.keys(table).join(', ')}`);
    return undefined;
  };
  return { rows, uid, word };
}

function studyTruth(row: Row, where: string, problems: string[]): StudyTruth {
  const { rows, uid, word } = reader(problems);
  const sections = rows(row['sections'], `${where}.sections`).map((section, index): SectionTruth => {
    const at = `${where}.sections[${index}]`;
    return {
      side: word(section, 'side', { table: SIDES, where: at }) ?? 'unknown',
      vein: word(section, 'vein', { table: VEINS, where: at }) ?? 'unknown',
      sec: word(section, 'sec', { table: GRADES, where: at }) ?? false,
    };
  });
  const names = sections.map(({ side, vein }) => `${side} ${vein}`);
  if (new Set(names).size !== names.length) problems.push(`${where}.sections: a section is labelled twice`);
  const instances = rows(row['instances'] ?? [], `${where}.instances`).map((instance, index): InstanceTruth => {
    const at = `${where}.instances[${index}]`;
    return {
      sopInstanceUid: uid(instance, 'sopInstanceUid', at),
      side: word(instance, 'side', { table: SIDES, where: at }) ?? 'unknown',
      vein: word(instance, 'vein', { table: VEINS, where: at }) ?? 'unknown',
      longitudinal: 'orientation' in instance ? (word(instance, 'orientation', { table: VIEWS, where: at }) ?? null) : null,
      compression: 'compression' in instance ? (word(instance, 'compression', { table: COMPRESSIONS, where: at }) ?? null) : null,
    };
  });
  return {
    studyInstanceUid: uid(row, 'studyInstanceUid', where),
    sections,
    instances: new Map(instances.map((instance) => [instance.sopInstanceUid, instance])),
  };
}

/**
 * The labels of one file: the object of one study, or a list of them. Fields that are not known are passed over; `instances` may be missing, then
 * only outputs by section are evaluated, by side and vein. Fault `evaluation-data-invalid`.
 */
export function parseLegLabels(json: unknown, file: string): readonly StudyTruth[] {
  return parseStudies(json, file, studyTruth);
}
