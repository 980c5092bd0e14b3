// In: texts that identify a thing. Out: DICOM UIDs derived from them, so that the same thing always gets the same UID.
import { createHash } from 'node:crypto';
import { VERSION } from '../kernel/version.ts';

/** Namespace of every UID this program derives (RFC 9562 6.6). Changing it changes the identity of all outputs. */
const NAMESPACE = Uint8Array.from(Buffer.from('28698fc8df6943a8842229cc9fc5e204', 'hex'));

/** UNIT SEPARATOR: cannot occur in a UID, a digest or a keyword, so different part lists never join to the same text. */
const SEPARATOR = '\u001f';

/** (0002,0012): identifies this implementation, in files and in associations (PS3.7 D.3.3.2). */
export const IMPLEMENTATION_CLASS_UID = '2.25.282070334247064739393064959049022353480';

/** (0002,0013): name and version; an SH of at most 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = `SONORELAY_${VERSION}`.slice(0, 16);

const hexToDecimal = (hex: string): string => BigInt(`0x${hex}`).toString(10);

/**
 * A UID of the form `2.25.<UUID as a decimal integer>` (PS3.5 B.2) from a name-based UUID, version 5 (RFC 9562 5.5).
 * The same parts always give the same UID; at most 44 characters.
 */
export const uidFrom = (...parts: readonly string[]): string => {
  const digest = createHash('sha1').update(NAMESPACE).update(parts.join(SEPARATOR), 'utf8').digest().subarray(0, 16);
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  return `2.25.${hexToDecimal(digest.toString('hex'))}`;
};

/** True for a UID as PS3.5 9.1 has it: numeric components without leading zeros, at most 64 characters. */
export const isValidUid = (text: string): boolean => text.length <= 64 && /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(text);

/**
 * True for a UID as senders write it: digits and dots, at most 64. Components with leading zeros are not valid (PS3.5 9.1) and occur all the
 * same; refusing them would refuse the study, and every reference to it has to repeat them as they are.
 */
export const isTolerableUid = (text: string): boolean => text.length <= 64 && /^\d+(\.\d+)+$/.test(text);
