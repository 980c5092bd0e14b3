// Rows of an earlier message that a later one has not any more. In: the earlier message as it was sent, the keys of the later one. Out: those rows with
// OBX-11 W (HL7 table 0085), so that a receiver that replaces rows by OBX-3 and OBX-4 does not keep a statement that was given up. Pure.
import { parseMessage } from '../hl7/message.ts';

/** OBX-3.1 and OBX-4: what a receiver knows a row by. */
export const rowKey = (identifier: string, subId: string): string => `${identifier.split('^')[0] ?? ''}|${subId}`;

/**
 * The rows, escaped as they were, without their number: fields from OBX-2 on. Rows without OBX-4 are texts and facts of the message as a whole,
 * which the later message has of its own; but a result that could not be obtained (X) is one too.
 */
export function supersededRows(earlier: string, keys: ReadonlySet<string>): readonly (readonly string[])[] {
  const parsed = parseMessage(earlier);
  if (parsed === null) return [];
  return parsed.segments.flatMap(({ name, fields }) => {
    if (name !== 'OBX') return [];
    const [, , , identifier = '', subId = ''] = fields;
    const isStatement = subId !== '' || fields[11] === 'X';
    if (!isStatement || keys.has(rowKey(identifier, subId))) return [];
    const rest = fields.slice(2);
    rest[9] = 'W';
    return [Array.from(rest, (field) => field ?? '')];
  });
}
