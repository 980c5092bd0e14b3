// A result message taken back. In: an ORU^R01 as it was sent. Out: the same message with every observation withdrawn (OBX-11 W, HL7 table 0085) and the
// results of its order cancelled (OBR-25 X, table 0123), under a control id of its own: a receiver finds the rows by the OBX-3 and OBX-4 that it got.
import { parseMessage } from './message.ts';

const SEGMENT_END = '\r';
const WITHDRAWN = 'W';

/** Field n of a segment is the n-th part, but in MSH, whose first separator is itself MSH-1. */
function withField(fields: readonly string[], index: number, value: string): readonly string[] {
  const filled = [...fields, ...new Array<string>(Math.max(0, index + 1 - fields.length)).fill('')];
  filled[index] = value;
  return filled;
}

/** `sentAt` is HL7 DTM text, for MSH-7. Segments other than MSH, OBR and OBX stay as they are. */
export function withdrawn(message: string, options: { readonly controlId: string; readonly sentAt: string }): string {
  const separator = message[3] ?? '|';
  return message
    .split(SEGMENT_END)
    .map((segment) => {
      const fields = segment.split(separator);
      switch (fields[0]) {
        case 'MSH':
          return withField(withField(fields, 6, options.sentAt), 9, options.controlId).join(separator);
        case 'OBR':
          return withField(fields, 25, 'X').join(separator);
        case 'OBX':
          return withField(fields, 11, WITHDRAWN).join(separator);
        default:
          return segment;
      }
    })
    .join(SEGMENT_END);
}

/** Whether a message takes a whole result back: every row of it is withdrawn. A correction that gives rows up has others beside them. */
export function isWithdrawal(message: string): boolean {
  const rows = (parseMessage(message)?.segments ?? []).filter(({ name }) => name === 'OBX');
  return rows.length > 0 && rows.every(({ fields }) => fields[11] === WITHDRAWN);
}
