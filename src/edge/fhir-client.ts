// The FHIR sender: in, a transaction bundle as JSON; out, what the server made of it, as an Outcome. One HTTPS connection a transaction: a result
// is rare, so that a handshake each costs nothing, and no idle connection is found dead by the next one.
import { readFile } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { FhirDestination, Outcome, SendFhir } from '../contracts/delivery.ts';
import { outcomeOfAnswer } from '../fhir/answer.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FaultCode } from '../kernel/errors.ts';
import { VERSION } from '../kernel/version.ts';
import { causeOf } from './client-socket.ts';

const FHIR_JSON = 'application/fhir+json';

/** A response to a transaction has some hundred bytes an entry; this bounds what a server can make us hold. */
const MOST_ANSWER_BYTES = 4 * 2 ** 20;
const MOST_HEADER_BYTES = 16 * 2 ** 10;
const LONGEST_TOKEN = 8192;

const failed = (kind: 'transient' | 'ambiguous' | 'permanent', code: FaultCode, words: string): Outcome => ({
  kind,
  code,
  words,
});

/** The Authorization header; an outcome when the file holds no token (RFC 6750 2.1) or cannot be read. The token itself is never told. */
async function authorization({
  tokenFile,
}: FhirDestination): Promise<{ readonly header: string } | { readonly refused: Outcome }> {
  if (tokenFile === null) return { header: '' };
  try {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    if (token.length <= LONGEST_TOKEN && /^[\w.~+/-]+=*$/u.test(token)) return { header: `Bearer ${token}` };
    return { refused: failed('permanent', 'fhir-unauthorised', 'tokenFile holds no bearer token.') };
  } catch (error) {
    // A token that is being renewed may be missing for a moment.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    return { refused: failed('transient', 'peer-unreachable', `tokenFile cannot be read (${code}).`) };
  }
}

function begin(url: URL, options: RequestOptions, { tls }: FhirDestination): ClientRequest {
  if (tls === null) return httpRequest(url, options);
  return httpsRequest(url, {
    ...options,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.certificate === null ? {} : { cert: tls.certificate }),
    ...(tls.key === null ? {} : { key: tls.key }),
    minVersion: 'TLSv1.2',
  });
}

/** The body as UTF-8; null when it is longer than we hold. Rejects when the connection ends before the body does. */
async function bodyOf(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Exchange = {
  readonly destination: FhirDestination;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly entries: number;
  readonly clock: Clock;
};

/** One request over a connection of its own. Before the connection stands nothing was sent; after it, whatever is lost may have been taken. */
function exchange({ destination, body, headers, entries, clock }: Exchange): Promise<Outcome> {
  return new Promise((resolve) => {
    const { connectTimeoutMs, responseTimeoutMs, tls } = destination;
    const options = { method: 'POST', agent: false as const, headers, maxHeaderSize: MOST_HEADER_BYTES };
    const request = begin(new URL(destination.baseUrl), options, destination);
    let sent = false;
    let timer: NodeJS.Timeout;
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(outcome);
    };
    const give = (because: string): void =>
      settle(sent ? failed('ambiguous', 'peer-silent', because) : failed('transient', 'peer-unreachable', because));
    const connected = (): void => {
      sent = true;
      clearTimeout(timer);
      timer = setTimeout(() => give(`No answer within ${responseTimeoutMs} ms.`), responseTimeoutMs);
      request.end(body);
    };
    const take = async (response: IncomingMessage): Promise<void> => {
      const { statusCode = 0, headers: answered } = response;
      try {
        const text = await bodyOf(response);
        // What is too long to be read tells by its status alone; as a success it might hide what was refused.
        if (text === null && statusCode >= 200 && statusCode < 300)
          return settle(failed('ambiguous', 'fhir-answer-invalid', 'The answer is too long.'));
        const answer = { status: statusCode, retryAfter: answered['retry-after'] ?? '', body: text ?? '' };
        settle(outcomeOfAnswer(answer, { sent: entries, now: clock() }));
      } catch (error) {
        give(causeOf(error)); // The connection ended before the answer did.
      }
    };
    timer = setTimeout(() => give(`No connection within ${connectTimeoutMs} ms.`), connectTimeoutMs);
    request.on('socket', (socket) => socket.once(tls === null ? 'connect' : 'secureConnect', connected));
    request.on('response', (response) => void take(response));
    request.on('error', (error) => give(causeOf(error)));
  });
}

/**
 * A sender of FHIR transactions. It does not throw for what a server does: not connected is transient; silence or a drop after the connection
 * stood is ambiguous (a repeat writes the same resources); answers are judged by `outcomeOfAnswer`.
 */
export function fhirSender({ clock }: { readonly clock: Clock }): SendFhir {
  return async (destination, bundle, { requestId, entries }) => {
    const token = await authorization(destination);
    if ('refused' in token) return token.refused;
    const body = Buffer.from(bundle, 'utf8');
    const headers = {
      'Content-Type': FHIR_JSON,
      'Content-Length': String(body.length),
      Accept: FHIR_JSON,
      Prefer: 'return=minimal',
      'User-Agent': `sonorelay/${VERSION}`,
      'X-Request-Id': requestId,
      ...(token.header === '' ? {} : { Authorization: token.header }),
    };
    try {
      return await exchange({ destination, body, headers, entries, clock });
    } catch (error) {
      // A connection that cannot even be begun (a certificate that is no PEM): nothing was sent.
      return failed('transient', 'peer-unreachable', causeOf(error));
    }
  };
}
