// Ids of the resources that the node writes. In: texts that identify a thing. Out: ids and identifiers that are always the same for it. Pure.
import { uidFrom } from '../dicom/uids.ts';
import type { CodeableConcept, Identifier } from './resources.ts';

/** Identifiers that are URIs (R4 datatypes.html#Identifier). */
const URI_SYSTEM = 'urn:ietf:rfc:3986';
/** System of DICOM UIDs in ImagingStudy.identifier (R4 imagingstudy.html). */
const DICOM_UID_SYSTEM = 'urn:dicom:uid';
const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';

const UUID_HEX = 32;

/** A UUID as text from `2.25.<decimal>` (PS3.5 B.2). */
function uuidOf(uid: string): string {
  const hex = BigInt(uid.slice('2.25.'.length)).toString(16).padStart(UUID_HEX, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
}

/**
 * A logical id of 46 characters (R4 allows 64 of letters, digits, `-` and `.`), derived as our UIDs are. It begins with a letter: some servers take
 * no id of a client that could be a number of their own.
 */
export const resourceId = (...parts: readonly string[]): string => `sonorelay-${uuidOf(uidFrom('fhir', ...parts))}`;

/** A DICOM UID as an identifier of anything but an imaging study. */
export const uidIdentifier = (uid: string): Identifier => ({ system: URI_SYSTEM, value: `urn:oid:${uid}` });

/** A Study Instance UID as ImagingStudy carries it. */
export const studyIdentifier = (studyInstanceUid: string): Identifier => ({
  system: DICOM_UID_SYSTEM,
  value: `urn:oid:${studyInstanceUid}`,
});

const IDENTIFIER_NAMES = {
  MR: 'Medical record number',
  ACSN: 'Accession ID',
  PLAC: 'Placer Identifier',
  FILL: 'Filler Identifier',
};

/** HL7 table 0203. */
export const identifierType = (code: keyof typeof IDENTIFIER_NAMES): CodeableConcept => ({
  coding: [{ system: IDENTIFIER_TYPES, code, display: IDENTIFIER_NAMES[code] }],
});
