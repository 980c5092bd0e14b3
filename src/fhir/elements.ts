// Data types of FHIR R4 from ours: texts, codes, numbers, times, narratives. In: plain data. Out: elements. Pure.
import type { Code } from '../contracts/model.ts';
import { CODING_SCHEMES, UNIT } from '../dicom/codes.ts';
import { text } from '../dicom/dataset.ts';
import type { CodeableConcept, Narrative, Quantity, Value } from './resources.ts';

/** Canonical URIs of coding schemes, by DICOM designator (R4 terminologies-systems.html; PS3.16 Table 8-1 for DCM). */
export const SYSTEMS: Readonly<Record<string, string>> = {
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  SCT: 'http://snomed.info/sct',
  LN: 'http://loinc.org',
  UCUM: 'http://unitsofmeasure.org',
  RFC5646: 'urn:ietf:bcp:47',
};

const ABSENT_REASONS = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';

/** One text as R4 allows it: well-formed Unicode, no control characters but line feeds, no blanks at its ends. May come out empty. */
export const plain = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n]+/gu, ' ')
    .trim();

/** An identifier, whose inner blanks are part of it. */
export const identifierText = (value: string): string => plain(value).replaceAll('\n', ' ');

/** The same on one line. */
export const plainLine = (value: string): string => plain(value).replace(/\s+/gu, ' ');

/** How a site writes codes: its own for ours, and the UIDs of schemes that nobody registered. */
export type Coder = {
  readonly recode: (code: Code) => Code;
  /** UID by designator. */
  readonly schemes: Readonly<Record<string, string>>;
};

/** Null for a scheme that neither HL7, DICOM nor the site names: a code without a system is better than one of a wrong system. */
function systemOf(scheme: string, { schemes }: Coder): string | null {
  const known = SYSTEMS[scheme];
  if (known !== undefined) return known;
  const uid = schemes[scheme] ?? text(CODING_SCHEMES[scheme] ?? {}, 'CodingSchemeUID');
  return uid === '' ? null : `urn:oid:${uid}`;
}

/** Codes of one meaning, the first being the one that is spoken. */
export function concept(codes: readonly [Code, ...Code[]], coder: Coder): CodeableConcept {
  const written = codes.map((code) => coder.recode(code));
  return {
    coding: written.map(({ value, scheme, meaning }) => {
      const system = systemOf(scheme, coder);
      const display = plainLine(meaning);
      return { ...(system === null ? {} : { system }), code: plainLine(value), ...(display === '' ? {} : { display }) };
    }),
    ...(plainLine(written[0]?.meaning ?? '') === '' ? {} : { text: plainLine(written[0]?.meaning ?? '') }),
  };
}

/** A quantity in UCUM units; only for a finite `value`. */
export const quantity = (value: number, unit: Code): Quantity => ({
  value,
  unit: unit.value,
  system: SYSTEMS['UCUM'] ?? '',
  code: unit.value,
});

/** Why there is no value, by the code system data-absent-reason, with a code of ours beside it where there is one. */
export function absent(reason: 'unknown' | 'not-performed' | 'error', words: string, beside: CodeableConcept = {}): Value {
  return { dataAbsentReason: { coding: [{ system: ABSENT_REASONS, code: reason }, ...(beside.coding ?? [])], text: words } };
}

/** DS text with its unit. A count or score (no unit) is an integer; what is no number at all is an error, not a nought. */
export function numberValue(number: string, unit: Code): Value {
  const value = Number(number);
  if (number.trim() === '' || !Number.isFinite(value)) return absent('error', 'The value is no number.');
  const plainInteger = unit.value === UNIT.none.value && Number.isInteger(value);
  return plainInteger ? { valueInteger: value } : { valueQuantity: quantity(value, unit) };
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Zones reach from -14:00 to +14:00 in R4. */
const isZone = (offsetMinutes: number): boolean => Math.abs(offsetMinutes) <= 14 * 60;

/** `+02:00`. */
const zone = (offsetMinutes: number): string => {
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
};

/** An instant to the second in a zone, `2026-11-22T12:15:30+02:00`; in UTC when the zone is none. `offsetMinutes` is east of UTC. */
export function instant(epochMs: number, offsetMinutes: number): string {
  const offset = isZone(offsetMinutes) ? offsetMinutes : 0;
  return `${new Date(epochMs + offset * 60_000).toISOString().slice(0, 19)}${zone(offset)}`;
}

/**
 * DA and TM texts as a dateTime; empty without a date of the calendar. R4 demands a zone where there is a time, so a time of unknown zone is
 * left out rather than guessed. Minutes and seconds that the source leaves out are nought.
 */
export function dateTime(date: string, time: string, offsetMinutes: number | null): string {
  const day = date.replace(/^(\d{4})(\d{2})(\d{2})$/u, '$1-$2-$3');
  const at = Date.parse(`${day}T00:00:00Z`);
  // A day that the month does not have is read as one of the next month.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(day)) return '';
  const digits = time.slice(0, 6).padEnd(6, '0');
  if (offsetMinutes === null || !isZone(offsetMinutes) || !/^([01]\d|2[0-3])([0-5]\d){2}$/u.test(digits) || time === '')
    return day;
  return `${day}T${digits.replace(/(\d\d)(\d\d)(\d\d)/u, '$1:$2:$3')}${zone(offsetMinutes)}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What a person reads when nothing else is shown: a paragraph a line. */
export function narrative(lines: readonly string[]): Narrative {
  const paragraphs = lines
    .map(plainLine)
    .filter((line) => line !== '')
    .map((line) => `<p>${line.replace(/[&<>"]/gu, (character) => ENTITIES[character] ?? '')}</p>`);
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${paragraphs.join('')}</div>` };
}
