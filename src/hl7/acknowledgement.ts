// Acknowledgements: in, the text of an HL7 ACK; out, what it says of which message.
import { fault } from '../kernel/errors.ts';
import { parseMessage, valueAt } from './message.ts';

/** An acknowledgement: `code` MSA-1, `controlId` MSA-2, `text` the receiver's words, `error` its code of HL7 table 0357 or ''. */
export type Acknowledgement = {
  readonly code: string;
  readonly controlId: string;
  readonly text: string;
  readonly error: string;
};

const firstOf = (values: readonly string[]): string => values.map((value) => value.trim()).find((value) => value !== '') ?? '';

/**
 * Reads an acknowledgement. The code of the error is ERR-3 (version 2.5 and later), else the fourth component of ERR-1 or MSA-6 (earlier
 * versions). The words are MSA-3, else ERR-8, ERR-7 or the text of the error code. Throws Fault `hl7-frame-invalid` when there is no MSH or
 * no MSA with a code.
 */
export function parseAcknowledgement(text: string): Acknowledgement {
  const parsed = parseMessage(text);
  if (parsed === null) throw fault('hl7-frame-invalid', 'The frame does not begin with MSH.');
  const code = valueAt(parsed, 'MSA', 1).trim();
  if (code === '') throw fault('hl7-frame-invalid', 'The frame holds no acknowledgement (MSA-1).');
  return {
    code,
    controlId: valueAt(parsed, 'MSA', 2).trim(),
    text: firstOf([
      valueAt(parsed, 'MSA', 3),
      valueAt(parsed, 'ERR', 8),
      valueAt(parsed, 'ERR', 7),
      valueAt(parsed, 'ERR', 3, { component: 2 }),
      valueAt(parsed, 'ERR', 1, { component: 4, subcomponent: 2 }),
      valueAt(parsed, 'MSA', 6, { component: 2 }),
    ]),
    error: firstOf([valueAt(parsed, 'ERR', 3), valueAt(parsed, 'ERR', 1, { component: 4 }), valueAt(parsed, 'MSA', 6)]),
  };
}
