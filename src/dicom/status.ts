// DIMSE status codes (PS3.7 Annex C, PS3.4 B.2.3): in, a code; out, what it means for the one who sent a C-STORE, and in words. One table.

export type StatusCategory = 'success' | 'warning' | 'refused' | 'failure';

export type StatusMeaning = {
  readonly category: StatusCategory;
  readonly meaning: string;
  /** `accepted`: the object is at the peer. `transient`: it is not, and may be taken later. `permanent`: it is not and will not be. */
  readonly disposition: 'accepted' | 'transient' | 'permanent';
};

export const STATUS = {
  success: 0x0000,
  processingFailure: 0x0110,
  duplicateInstance: 0x0111,
  unrecognizedOperation: 0x0211,
} as const;

type Row = StatusMeaning & { readonly from: number; readonly to: number };

const range = (
  from: number,
  to: number,
  [category, disposition]: readonly [StatusCategory, StatusMeaning['disposition']],
  meaning: string,
): Row => ({ from, to, category, disposition, meaning });

const row = (code: number, kind: readonly [StatusCategory, StatusMeaning['disposition']], meaning: string): Row =>
  range(code, code, kind, meaning);

const ACCEPTED = ['success', 'accepted'] as const;
const WARNING = ['warning', 'accepted'] as const;
const BUSY = ['refused', 'transient'] as const;
const REFUSED = ['refused', 'permanent'] as const;
const FAILED = ['failure', 'permanent'] as const;

/** The first row that holds a code counts: single codes before the ranges around them. */
export const STATUS_ROWS: readonly Row[] = [
  row(0x0000, ACCEPTED, 'Success'),
  row(0x0001, WARNING, 'Requested optional attributes are not supported'),
  row(0x0105, FAILED, 'No such attribute'),
  row(0x0106, FAILED, 'Invalid attribute value'),
  row(0x0107, WARNING, 'Attribute list error'),
  // The peer could not store it and does not say why. Archives answer so while their database is away, so that it is worth another attempt.
  row(0x0110, ['failure', 'transient'], 'Processing failure'),
  row(0x0111, ['failure', 'accepted'], 'Duplicate SOP instance: already there'),
  row(0x0112, FAILED, 'No such SOP instance'),
  row(0x0116, WARNING, 'Attribute value out of range'),
  row(0x0117, FAILED, 'Invalid SOP instance'),
  row(0x0118, FAILED, 'No such SOP class'),
  row(0x0119, FAILED, 'Class-instance conflict'),
  row(0x0120, FAILED, 'Missing attribute'),
  row(0x0121, FAILED, 'Missing attribute value'),
  row(0x0122, REFUSED, 'SOP class not supported'),
  row(0x0124, REFUSED, 'Not authorized'),
  row(0x0210, FAILED, 'Duplicate invocation'),
  row(0x0211, FAILED, 'Unrecognized operation'),
  row(0x0212, FAILED, 'Mistyped argument'),
  row(0x0213, BUSY, 'Resource limitation'),
  range(0xa700, 0xa7ff, BUSY, 'Out of resources'),
  range(0xa900, 0xa9ff, FAILED, 'Data set does not match SOP class'),
  range(0xa000, 0xafff, FAILED, 'Failure'),
  row(0xb000, WARNING, 'Coercion of data elements'),
  row(0xb006, WARNING, 'Elements discarded'),
  row(0xb007, WARNING, 'Data set does not match SOP class, stored all the same'),
  range(0xb000, 0xbfff, WARNING, 'Warning'),
  range(0xc000, 0xcfff, FAILED, 'Cannot understand'),
  row(0xfe00, ['failure', 'transient'], 'Cancelled'),
];

const UNKNOWN: StatusMeaning = { category: 'failure', disposition: 'permanent', meaning: 'Unknown status' };

/** What a C-STORE status means; a code that no standard names is a failure for good. */
export function statusMeaning(code: number): StatusMeaning {
  const found = STATUS_ROWS.find(({ from, to }) => code >= from && code <= to);
  if (found === undefined) return UNKNOWN;
  const { category, meaning, disposition } = found;
  return { category, meaning, disposition };
}

/** Four digits as the standard writes a status, without the H. */
export const statusHex = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');

/** `A700 Out of resources: disk full`: code, meaning and the peer's Error Comment (0000,0902) when there is one. */
export function statusWords(code: number, errorComment = ''): string {
  const comment = errorComment.replace(/\p{Cc}+/gu, ' ').trim();
  return `${statusHex(code)} ${statusMeaning(code).meaning}${comment === '' ? '' : `: ${comment}`}`;
}

const REJECTION_REASONS: Readonly<Record<string, string>> = {
  '1/1': 'no reason given',
  '1/2': 'application context name not supported',
  '1/3': 'calling AE title not recognized',
  '1/7': 'called AE title not recognized',
  '2/1': 'no reason given',
  '2/2': 'protocol version not supported',
  '3/1': 'temporary congestion',
  '3/2': 'local limit exceeded',
};

const REJECTION_SOURCES: Readonly<Record<number, string>> = {
  1: 'service user',
  2: 'service provider (ACSE)',
  3: 'service provider (presentation)',
};

/** An A-ASSOCIATE-RJ in the words of PS3.8 Table 9-21. */
export function rejectionWords(fields: { readonly result: number; readonly source: number; readonly reason: number }): string {
  const { result, source, reason } = fields;
  const lasting = result === 1 ? 'permanently' : result === 2 ? 'transiently' : `with result ${result}`;
  const by = REJECTION_SOURCES[source] ?? `source ${source}`;
  const why = REJECTION_REASONS[`${source}/${reason}`] ?? `reason ${reason}`;
  return `Rejected ${lasting} by the ${by}: ${why} (${result}/${source}/${reason})`;
}

const CONTEXT_RESULTS: Readonly<Record<number, string>> = {
  1: 'user rejection',
  2: 'no reason given',
  3: 'abstract syntax not supported',
  4: 'transfer syntaxes not supported',
};

/** Why a presentation context was not accepted, PS3.8 Table 9-18. */
export const contextResultWords = (result: number): string => CONTEXT_RESULTS[result] ?? `result ${result}`;

const ABORT_REASONS: Readonly<Record<number, string>> = {
  0: 'reason not specified',
  1: 'unrecognized PDU',
  2: 'unexpected PDU',
  4: 'unrecognized PDU parameter',
  5: 'unexpected PDU parameter',
  6: 'invalid PDU parameter value',
};

/** An A-ABORT in the words of PS3.8 Table 9-26. */
export const abortWords = (source: number, reason: number): string =>
  source === 2
    ? `aborted by the service provider: ${ABORT_REASONS[reason] ?? `reason ${reason}`}`
    : 'aborted by the service user';
