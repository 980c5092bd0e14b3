// The HL7 sender: in, a message and its MSH-10; out, what the receiver said of it, as an Outcome. One TCP connection (TLS when configured)
// a message: a result is a rare message, so that a handshake each costs nothing, and no connection idles until a firewall forgets it or
// carries an acknowledgement of an earlier message over to a later one.
import type { Hl7Destination, Outcome, SendHl7 } from '../contracts/delivery.ts';
import { type Acknowledgement, parseAcknowledgement } from '../hl7/acknowledgement.ts';
import { encode, frameReader } from '../hl7/mllp.ts';
import { errorText, type FaultCode, isFault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { causeOf, connectTo } from './client-socket.ts';

/** Acknowledgements are some hundred bytes; this bounds what a peer can make us hold. */
const MOST_ACKNOWLEDGEMENT_BYTES = 64 * 1024;
const MOST_WORDS = 200;

/** HL7 table 0008, original and enhanced mode. */
const ANSWERS: Readonly<Record<string, 'accepted' | 'error' | 'rejected'>> = {
  AA: 'accepted',
  CA: 'accepted',
  AE: 'error',
  CE: 'error',
  AR: 'rejected',
  CR: 'rejected',
};

/** HL7 table 0357: 206 application record locked, 207 application internal error. The same message may well pass later. */
const BUSY_ERRORS: ReadonlySet<string> = new Set(['206', '207']);

/** One printable line of bounded length. */
const shorten = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MOST_WORDS);

const failed = (kind: 'transient' | 'ambiguous' | 'permanent', code: FaultCode, words: string): Outcome => ({
  kind,
  code,
  words: shorten(words),
});

const wordsOf = ({ code, error, text }: Acknowledgement): string => [code, error, text].filter((word) => word !== '').join(' ');

/** What an acknowledgement of our message means for its delivery. */
export function outcomeOf(acknowledgement: Acknowledgement): Outcome {
  const words = wordsOf(acknowledgement);
  const answer = ANSWERS[acknowledgement.code];
  if (answer === 'accepted') return { kind: 'accepted', words: shorten(words) };
  if (answer === 'rejected') return failed('permanent', 'hl7-rejected', words);
  if (answer === undefined) return failed('ambiguous', 'hl7-frame-invalid', `MSA-1 is ${words}`);
  return BUSY_ERRORS.has(acknowledgement.error)
    ? failed('transient', 'hl7-busy', words)
    : failed('permanent', 'hl7-error', words);
}

/** The answer to one frame over one connection of its own; the wait belongs to this socket and to no other. */
function exchange(
  destination: Hl7Destination,
  frame: Buffer,
  parts: { readonly controlId: string; readonly log: Log },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const reader = frameReader({ mostBytes: MOST_ACKNOWLEDGEMENT_BYTES });
    const { socket, ready } = connectTo(destination);
    let sent = false;
    let foreign = 0;
    let settled = false;

    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (outcome.kind === 'accepted') socket.destroySoon();
      else socket.destroy();
      if (foreign > 0) parts.log('acknowledgement.ignored', { destination: destination.name, frames: foreign });
      resolve(outcome);
    };
    const give = (because: string): void => {
      const note = foreign === 0 ? '' : ` (${foreign} acknowledgement(s) of other messages ignored)`;
      settle(sent ? failed('ambiguous', 'peer-silent', because + note) : failed('transient', 'peer-unreachable', because));
    };
    const take = (bytes: Buffer): void => {
      const acknowledgement = parseAcknowledgement(
        bytes.toString(destination.characterSet === 'UNICODE UTF-8' ? 'utf8' : 'latin1'),
      );
      if (acknowledgement.controlId === parts.controlId) settle(outcomeOf(acknowledgement));
      else foreign += 1;
    };

    let timer = setTimeout(() => give(`No connection within ${destination.connectTimeoutMs} ms.`), destination.connectTimeoutMs);
    socket.once(ready, () => {
      if (settled) return;
      clearTimeout(timer);
      timer = setTimeout(
        () => give(`No acknowledgement within ${destination.acknowledgementTimeoutMs} ms.`),
        destination.acknowledgementTimeoutMs,
      );
      sent = true;
      socket.write(frame);
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const bytes of reader.feed(chunk)) if (!settled) take(bytes);
      } catch (error) {
        // Only faults of framing and parsing come from here; the peer may have taken the message all the same.
        settle(failed('ambiguous', 'hl7-frame-invalid', isFault(error) ? error.detail : errorText(error)));
      }
    });
    socket.on('error', (error) => give(causeOf(error)));
    socket.on('close', () => give('The connection was closed before the acknowledgement.'));
  });
}

/**
 * A sender of HL7 messages over MLLP. One message is in flight a destination, in the order of the calls. It does not throw for what a peer
 * does: not connected is transient; silence, a drop or no acknowledgement after bytes were sent is ambiguous (a repeat with the same MSH-10
 * is harmless); AE/CE and AR/CR are permanent, but for AE/CE with table 0357 206 or 207.
 */
export function mllpSender(options: { readonly log: Log }): SendHl7 {
  const lastOf = new Map<string, Promise<Outcome>>();

  const sendOne = async (destination: Hl7Destination, message: string, controlId: string): Promise<Outcome> => {
    let frame: Buffer;
    try {
      frame = encode(message, destination.characterSet);
    } catch (error) {
      if (!isFault(error)) throw error;
      return failed('permanent', error.code, error.detail);
    }
    try {
      return await exchange(destination, frame, { controlId, log: options.log });
    } catch (error) {
      // A connection that cannot even be begun (a certificate that is no PEM): nothing was sent.
      return failed('transient', 'peer-unreachable', causeOf(error));
    }
  };

  return async (destination, message, controlId) => {
    const before = lastOf.get(destination.name);
    const send = (): Promise<Outcome> => sendOne(destination, message, controlId);
    const mine = before === undefined ? send() : before.then(send, send);
    lastOf.set(destination.name, mine);
    try {
      return await mine;
    } finally {
      if (lastOf.get(destination.name) === mine) lastOf.delete(destination.name);
    }
  };
}
