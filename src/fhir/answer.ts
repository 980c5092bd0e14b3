// What a FHIR server said to a transaction. In: HTTP status, Retry-After and the body. Out: the outcome of the delivery. Pure.
// A server's own words may quote a patient: they go into the outcome, which is kept in the ledger and never logged; they are cut to one short line.
import type { Outcome } from '../contracts/delivery.ts';
import type { FaultCode } from '../kernel/errors.ts';

export type Answer = {
  readonly status: number;
  /** As sent; empty where there was none. */
  readonly retryAfter: string;
  readonly body: string;
};

const MOST_WORDS = 200;

export type Refusal = { readonly kind: 'transient' | 'permanent'; readonly code: FaultCode; readonly words: string };

/** Statuses with a meaning of their own (RFC 9110 15, RFC 6585 4, R4 http.html); the others go by their hundred. */
export const STATUSES: Readonly<Record<number, Refusal>> = {
  401: { kind: 'permanent', code: 'fhir-unauthorised', words: 'check the token or the certificate of this destination' },
  403: {
    kind: 'permanent',
    code: 'fhir-unauthorised',
    words: 'check what the token or the certificate of this destination permits',
  },
  408: { kind: 'transient', code: 'fhir-failed', words: 'the server waited too long' },
  425: { kind: 'transient', code: 'fhir-busy', words: 'too early' },
  429: { kind: 'transient', code: 'fhir-busy', words: 'too many requests' },
  502: { kind: 'transient', code: 'fhir-busy', words: 'bad gateway' },
  503: { kind: 'transient', code: 'fhir-busy', words: 'service unavailable' },
  504: { kind: 'transient', code: 'fhir-busy', words: 'gateway timeout' },
};

/** By the first digit. */
export const HUNDREDS: Readonly<Record<number, Refusal>> = {
  3: { kind: 'permanent', code: 'fhir-refused', words: 'redirects are not followed; check baseUrl' },
  4: { kind: 'permanent', code: 'fhir-refused', words: '' },
  5: { kind: 'transient', code: 'fhir-failed', words: '' },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const shorten = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_WORDS);

/** The JSON object of a body; null when it is none. */
function parsed(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null; // Told by the outcome: an answer that is no FHIR resource.
  }
}

/** The issues of an OperationOutcome that are errors, as words. */
function issues(resource: unknown): string {
  if (!isObject(resource) || resource['resourceType'] !== 'OperationOutcome') return '';
  return list(resource['issue'])
    .filter(isObject)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map((issue) => {
      const details = isObject(issue['details']) ? textOf(issue['details']['text']) : '';
      return [textOf(issue['code']), textOf(issue['diagnostics']) || details].filter((word) => word !== '').join(': ');
    })
    .join('; ');
}

/** Milliseconds of a Retry-After (RFC 9110 10.2.3: seconds or a date); null when it says nothing that can be used. */
export function retryAfterMs(value: string, now: number): number | null {
  if (/^\d{1,9}$/u.test(value.trim())) return Number(value.trim()) * 1000;
  // HTTP dates end so; without it much that is no date would be read as one.
  const at = value.trim().endsWith(' GMT') ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** An outcome for a status that is no success, or for an entry of a transaction that has one. */
function refusal(status: number, said: string, waitMs: number | null): Outcome {
  const { kind, code, words } = STATUSES[status] ??
    HUNDREDS[Math.floor(status / 100)] ?? { kind: 'permanent', code: 'fhir-refused', words: 'no status of HTTP' };
  // What says nothing of one result says nothing of a patient: of these the words stay ours, so that they can be logged.
  const ours = code === 'fhir-unauthorised' || code === 'fhir-busy';
  const wait = waitMs === null || kind !== 'transient' ? {} : { retryAfterMs: waitMs };
  return {
    kind,
    code,
    words: shorten([`HTTP ${status}`, words, ours ? '' : said].filter((one) => one !== '').join(': ')),
    ...wait,
  };
}

const UNREADABLE: Outcome = {
  kind: 'ambiguous',
  code: 'fhir-answer-invalid',
  words: 'The answer to the transaction is no FHIR resource.',
};

/** The entries of a transaction-response must all have succeeded: a server that works through them one by one may have refused some. */
function outcomeOfEntries(status: number, bundle: Readonly<Record<string, unknown>>, sent: number): Outcome {
  const responses = list(bundle['entry']).map((entry) =>
    isObject(entry) && isObject(entry['response']) ? entry['response'] : {},
  );
  const failed = responses.find((response) => /^[345]\d\d/u.test(textOf(response['status'])));
  if (failed !== undefined) return refusal(Number(textOf(failed['status']).slice(0, 3)), issues(failed['outcome']), null);
  if (responses.length === sent && responses.every((response) => /^2\d\d/u.test(textOf(response['status']))))
    return { kind: 'accepted', words: `HTTP ${status}, ${sent} entries` };
  const words = `The server answered ${responses.length} of ${sent} entries, or without their statuses.`;
  return { kind: 'ambiguous', code: 'fhir-answer-invalid', words };
}

/**
 * The outcome of a transaction of `sent` entries. An empty success is taken for one: gateways in front of an EHR answer so. Any other success
 * must be a transaction-response whose entries succeeded; a page of a proxy is none. `now` is epoch ms.
 */
export function outcomeOfAnswer(answer: Answer, { sent, now }: { readonly sent: number; readonly now: number }): Outcome {
  const { status, body } = answer;
  const resource = parsed(body);
  if (status < 200 || status >= 300) return refusal(status, issues(resource), retryAfterMs(answer.retryAfter, now));
  if (body.trim() === '') return { kind: 'accepted', words: `HTTP ${status}, no body` };
  if (resource === null) return UNREADABLE;
  if (resource['resourceType'] === 'Bundle') return outcomeOfEntries(status, resource, sent);
  const said = issues(resource);
  if (said !== '') return { kind: 'permanent', code: 'fhir-refused', words: shorten(`HTTP ${status}: ${said}`) };
  return resource['resourceType'] === 'OperationOutcome' ? { kind: 'accepted', words: `HTTP ${status}` } : UNREADABLE;
}
