// What a receiver holds after the messages that it got, and what of it a later message has not any more. In: messages as they were sent, in their order.
// Out: whether the next one corrects something, and the rows that it has to take back: receivers replace rows by OBX-3 and OBX-4. Pure.
import { parseMessage } from '../hl7/message.ts';
import { isWithdrawal } from '../hl7/withdraw.ts';

/** OBX-3.1 and OBX-4: what a receiver knows a row by. */
export const rowKey = (identifier: string, subId: string): string => `${identifier.split('^')[0] ?? ''}|${subId}`;

/** Fields of the latest row of each key, by number, escaped as they were. */
export type Standing = ReadonlyMap<string, readonly string[]>;

/** The rows after all messages. One that took a whole result back leaves none. */
export function standingAfter(messages: readonly string[]): Standing {
  const rows = new Map<string, readonly string[]>();
  for (const message of messages) {
    if (isWithdrawal(message)) rows.clear();
    else {
      for (const { name, fields } of parseMessage(message)?.segments ?? []) {
        if (name === 'OBX') rows.set(rowKey(fields[3] ?? '', fields[4] ?? ''), fields);
      }
    }
  }
  return rows;
}

/** A number in OBX-4 is that of a statement; texts of the message that go on in a further row have `0.2`. */
const isStatement = (subId: string): boolean => /^[1-9]/u.test(subId);

/** Whether a statement stands that the next message replaces. That nothing could be obtained (X) was no result, and what was taken back (W) is none. */
export const isCorrection = (standing: Standing): boolean =>
  [...standing.values()].some((fields) => isStatement(fields[4] ?? '') && !['W', 'X'].includes(fields[11] ?? ''));

/**
 * The rows that have no successor among `keys`, with OBX-11 W (HL7 table 0085), so that nothing stands that was given up: fields from OBX-2 on. What an
 * earlier correction took back is taken back again, for a receiver that only may have got that one.
 */
export const supersededRows = (standing: Standing, keys: ReadonlySet<string>): readonly (readonly string[])[] =>
  [...standing].flatMap(([key, fields]) => {
    if (keys.has(key)) return [];
    const rest = fields.slice(2);
    rest[9] = 'W';
    return [Array.from(rest, (field) => field ?? '')];
  });
