// The OBX rows of statements, whatever family they are of. In: a statement and what all rows of a message share. Out: fields by number. Pure.
import type { Code } from '../contracts/model.ts';
import { DOCUMENT, PROCEDURE, QUANTITY, UNIT } from '../dicom/codes.ts';
import { type FieldValue, repetitions } from '../hl7/message.ts';
import type { CodedAnswer, Measurement, Statement } from './statement.ts';
import { percent, roundedProbability } from './words.ts';

/** An OBX without its number: fields by position, OBX-1 added when all are known. */
export type Observation = Readonly<Record<number, FieldValue>>;

/** What all observations of a message share. */
export type Shared = {
  readonly coded: (code: Code) => FieldValue;
  /** OBX-2 of coded answers. */
  readonly codedType: string;
  readonly abnormalFlags: boolean;
  readonly longestLine: number;
  /** OBX-15 of the sentence of a positive finding; empty where none is sent. */
  readonly category: FieldValue;
  /** A row with method, device and times; `rest` goes before them. */
  readonly observation: (type: string, concept: Code, rest: Observation) => Observation;
};

/** Characters of one OBX-5: 2.3.1 takes 65536 bytes in a TX, and a letter may have four. */
const LONGEST_FIELD = 16_000;

/** A line in pieces of at most `longest` characters, broken at the last blank that there is. */
export function broken(line: string, longest: number): readonly string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > longest) {
    const blank = rest.lastIndexOf(' ', longest);
    const cut = blank > longest / 2 ? blank : longest;
    // Never between the two halves of a surrogate pair.
    const end = /[\uD800-\uDBFF]$/u.test(rest.slice(0, cut)) ? cut - 1 : cut;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

/**
 * TX rows: lines are repetitions (2.5.1 section 2.A.79). A text that is too long for one field goes on in further rows, whose OBX-4 is that of
 * the first with a number behind (`7.2`), so that no two rows have the same OBX-3 and OBX-4.
 */
export function textObservations(
  concept: Code,
  subId: string,
  {
    texts,
    shared,
    category = '',
  }: { readonly texts: readonly string[]; readonly shared: Shared; readonly category?: FieldValue },
): readonly Observation[] {
  const fields: string[][] = [[]];
  let length = 0;
  for (const line of texts.flatMap((text) => broken(text, shared.longestLine))) {
    if (length + line.length > LONGEST_FIELD && length > 0) {
      fields.push([]);
      length = 0;
    }
    fields.at(-1)?.push(line);
    length += line.length + 1;
  }
  return fields.map((lines, index) => {
    const part = index === 0 ? subId : `${subId === '' ? '0' : subId}.${index + 1}`;
    return shared.observation('TX', concept, { ...(part === '' ? {} : { 4: part }), 5: repetitions(lines), 15: category });
  });
}

/** OBX-9, the probability of a coded result or of a score, 0..1. */
const probabilityText = ({ stated, certainty }: Statement): string =>
  stated && certainty !== null ? String(roundedProbability(certainty, 4)) : '';

/** The rows of one statement, tied by OBX-4: answers, site, side, numbers, certainty, sentence. No number of a finding that is undetermined. */
export function observationsOf(statement: Statement, shared: Shared): readonly Observation[] {
  const { main, site, laterality, topography, certainty, threshold } = statement;
  const subId = String(statement.subId);
  const answered = ({ concept, value, abnormal }: CodedAnswer, probability: string): Observation =>
    shared.observation(shared.codedType, concept, {
      4: subId,
      5: shared.coded(value),
      8: abnormal && shared.abnormalFlags ? 'A' : '',
      9: probability,
    });
  const placed = (concept: Code, value: Code | null): readonly Observation[] =>
    value === null ? [] : [shared.observation(shared.codedType, concept, { 4: subId, 5: shared.coded(value) })];
  const numbered = ({ concept, number, unit }: Measurement, index: number): Observation =>
    shared.observation('NM', concept, {
      4: subId,
      5: number,
      6: unit.value === UNIT.none.value ? '' : shared.coded(unit),
      9: main === null && index === 0 ? probabilityText(statement) : '',
    });
  const certain =
    certainty === null
      ? []
      : [
          shared.observation('NM', QUANTITY.certaintyOfFinding, {
            4: subId,
            5: percent(certainty),
            6: shared.coded(UNIT.percent),
            7: threshold === null ? '' : `<${Number((threshold * 100).toFixed(2))}`,
            8: threshold !== null && statement.positive && shared.abnormalFlags ? 'H' : '',
          }),
        ];
  const numbers = statement.numbers.map(numbered);
  return [
    ...(main === null ? [] : [answered(main, probabilityText(statement))]),
    ...statement.answers.map((answer) => answered(answer, '')),
    ...(main === null ? numbers : []),
    ...placed(DOCUMENT.findingSite, site),
    ...placed(DOCUMENT.laterality, laterality),
    ...placed(DOCUMENT.topographicalModifier, topography),
    ...(main === null ? [] : numbers),
    ...certain,
    ...textObservations(PROCEDURE.findings, subId, {
      texts: [statement.sentence, ...statement.notes],
      shared,
      category: statement.stated && statement.positive ? shared.category : '',
    }),
  ];
}
