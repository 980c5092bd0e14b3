// MLLP framing without sockets: in, chunks of bytes or a message; out, whole frames or the bytes of one.
// A frame is 0x0B, the message, 0x1C 0x0D (HL7 Transport Specification: MLLP, Release 1).
import { fault } from '../kernel/errors.ts';
import type { Hl7CharacterSet } from './escape.ts';

const START = 0x0b;
const END = 0x1c;
const CARRIAGE_RETURN = 0x0d;

/** Takes chunks as they come from a stream and gives the frames that are whole. */
export type FrameReader = {
  /**
   * The messages (without framing bytes) that this chunk completes, in order; none, one or several.
   * Throws Fault `hl7-frame-invalid` when a message grows beyond the limit; the reader is of no use after that.
   */
  readonly feed: (chunk: Uint8Array) => readonly Buffer[];
  /** Bytes met outside a frame so far; they are ignored, not an error, since some peers pad or send a line end. */
  readonly ignoredBytes: () => number;
};

/** A reader of frames whose messages hold at most `mostBytes` bytes. */
export function frameReader(options: { readonly mostBytes: number }): FrameReader {
  let inside = false;
  let pieces: Uint8Array[] = [];
  let held = 0;
  let endSeen = false;
  let ignored = 0;

  const feed = (chunk: Uint8Array): readonly Buffer[] => {
    const frames: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (!inside) {
        const start = chunk.indexOf(START, at);
        ignored += (start === -1 ? chunk.length : start) - at;
        if (start === -1) break;
        inside = true;
        pieces = [];
        held = 0;
        endSeen = false;
        at = start + 1;
        continue;
      }
      if (endSeen && chunk[at] === CARRIAGE_RETURN) {
        frames.push(Buffer.concat(pieces).subarray(0, held - 1));
        inside = false;
        pieces = [];
        at += 1;
        continue;
      }
      // A lone 0x1C is content; pieces are cut behind each one so that the two end bytes may lie in two chunks.
      const end = chunk.indexOf(END, at);
      const until = end === -1 ? chunk.length : end + 1;
      held += until - at;
      if (held > options.mostBytes + 1) throw fault('hl7-frame-invalid', `The frame is larger than ${options.mostBytes} bytes.`);
      pieces.push(chunk.subarray(at, until));
      endSeen = end !== -1;
      at = until;
    }
    return frames;
  };

  return { feed, ignoredBytes: () => ignored };
}

const HIGHEST: Readonly<Record<Hl7CharacterSet, number>> = { 'UNICODE UTF-8': 0x10ffff, '8859/1': 0xff, ASCII: 0x7f };

function bytesOf(message: string, characterSet: Hl7CharacterSet): Buffer {
  if (characterSet === 'UNICODE UTF-8') {
    if (!message.isWellFormed()) throw fault('character-set-unsupported', 'The message is no well-formed Unicode.');
    return Buffer.from(message, 'utf8');
  }
  for (const character of message) {
    if ((character.codePointAt(0) ?? 0) > HIGHEST[characterSet])
      throw fault('character-set-unsupported', `The message holds characters that ${characterSet} has not.`);
  }
  return Buffer.from(message, 'latin1');
}

/**
 * The frame of a message in the character set that MSH-18 names. Nothing is replaced on the way: a character that the set has not is Fault `character-set-unsupported`, and a
 * control byte other than the carriage return (MLLP Release 1 allows no other below 0x20; 0x0B and 0x1C would break the frame) is Fault
 * `hl7-frame-invalid`.
 */
export function encode(message: string, characterSet: Hl7CharacterSet): Buffer {
  const bytes = bytesOf(message, characterSet);
  const control = bytes.findIndex((byte) => byte < 0x20 && byte !== CARRIAGE_RETURN);
  if (control !== -1) throw fault('hl7-frame-invalid', `The message to send holds a control byte at offset ${control}.`);
  return Buffer.concat([Buffer.of(START), bytes, Buffer.of(END, CARRIAGE_RETURN)]);
}
