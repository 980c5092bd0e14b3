// HL7 v2 messages as text. Building: plain values in, one message with CR after every segment out. Reading: a message in, fields by number out.
// Written here and not taken from a package because the packages at hand do not escape (a name holding `|` would split its segment).
import { COMPONENT, ESCAPE, escapeText, FIELD, REPETITION, SUBCOMPONENT, unescapeText } from './escape.ts';

/** A field that is escaped already, made by `components` or `repetitions`. */
export type Encoded = { readonly encoded: string };

/** A plain text (escaped when the segment is built) or an encoded field. */
export type FieldValue = string | Encoded;

/** A component: one text, or its subcomponents. */
export type ComponentValue = string | readonly string[];

const trimmed = (parts: readonly string[], separator: string): string => {
  let end = parts.length;
  while (end > 0 && parts[end - 1] === '') end -= 1;
  return parts.slice(0, end).join(separator);
};

const encodedComponent = (component: ComponentValue): string =>
  typeof component === 'string' ? escapeText(component) : trimmed(component.map(escapeText), SUBCOMPONENT);

/** One field of several components, empty ones at the end left out. */
export const components = (...parts: readonly ComponentValue[]): Encoded => ({
  encoded: trimmed(parts.map(encodedComponent), COMPONENT),
});

/** One field of several repetitions; empty repetitions are left out. */
export const repetitions = (values: readonly FieldValue[]): Encoded => ({
  encoded: values
    .map(encodedField)
    .filter((value) => value !== '')
    .join(REPETITION),
});

const encodedField = (value: FieldValue): string => (typeof value === 'string' ? escapeText(value) : value.encoded);

/** A segment from its fields by number, e.g. `segment('PID', { 3: components(...) })`; for MSH, numbers 1 and 2 are the separators. */
export function segment(name: string, fields: Readonly<Record<number, FieldValue>>): string {
  const numbers = Object.keys(fields).map(Number);
  const row = Array.from({ length: Math.max(0, ...numbers) }, (_, index) => encodedField(fields[index + 1] ?? ''));
  if (name !== 'MSH') return trimmed([name, ...row], FIELD);
  return trimmed([name, `${COMPONENT}${REPETITION}${ESCAPE}${SUBCOMPONENT}`, ...row.slice(2)], FIELD);
}

/** A whole message: segments, each ended by CR, the last too (2.5.1 section 2.5.2). */
export const message = (segments: readonly string[]): string => segments.map((one) => `${one}\r`).join('');

/** One segment as read: `fields[n]` is the raw text of field n; `fields[0]` the segment name. */
export type ParsedSegment = { readonly name: string; readonly fields: readonly string[] };

export type ParsedMessage = {
  readonly segments: readonly ParsedSegment[];
  readonly separators: {
    readonly field: string;
    readonly component: string;
    readonly repetition: string;
    readonly subcomponent: string;
  };
};

/**
 * Reads a message with the separators that its own MSH names; null when the text does not begin with an MSH segment.
 * CR LF and LF are taken as segment ends too, because some receivers answer so.
 */
export function parseMessage(text: string): ParsedMessage | null {
  const lines = text.split(/\r\n|\r|\n/u).filter((line) => line !== '');
  const head = lines[0];
  if (head === undefined || !head.startsWith('MSH') || head.length < 8) return null;
  const field = head.charAt(3);
  const separators = {
    field,
    component: head.charAt(4),
    repetition: head.charAt(5),
    subcomponent: head.charAt(7),
  };
  const segments = lines.map((line) => {
    const parts = line.split(field);
    const name = parts[0] ?? '';
    return { name, fields: name === 'MSH' ? [name, field, ...parts.slice(1)] : parts };
  });
  return { segments, separators };
}

/** Where a value lies; all numbers count from 1 and default to 1. */
export type Place = {
  readonly occurrence?: number;
  readonly repetition?: number;
  readonly component?: number;
  readonly subcomponent?: number;
};

/** The text at a place, escapes read back; empty when there is none. */
export function valueAt(parsed: ParsedMessage, name: string, field: number, place: Place = {}): string {
  const { separators } = parsed;
  const found = parsed.segments.filter((one) => one.name === name)[(place.occurrence ?? 1) - 1];
  const raw = found?.fields[field] ?? '';
  if (name === 'MSH' && field <= 2) return raw;
  const repetition = raw.split(separators.repetition)[(place.repetition ?? 1) - 1] ?? '';
  const component = repetition.split(separators.component)[(place.component ?? 1) - 1] ?? '';
  const subcomponent = component.split(separators.subcomponent)[(place.subcomponent ?? 1) - 1] ?? '';
  return unescapeText(subcomponent);
}
