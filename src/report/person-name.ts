// Person names from DICOM to HL7 v2. In: PN text (PS3.5 6.2.1). Out: XPN and XCN fields (2.5.1 sections 2.A.89 and 2.A.86). Pure.
import { type Hl7CharacterSet, restrictTo } from '../hl7/escape.ts';
import { components, type FieldValue, repetitions } from '../hl7/message.ts';

/** Parts of one group of a PN in the order of PS3.5: family, given, middle, prefix, suffix. */
type NameGroup = readonly [family: string, given: string, middle: string, prefix: string, suffix: string];

const groupOf = (text: string): NameGroup => {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = text.split('^').map((part) => part.trim());
  return [family, given, middle, prefix, suffix];
};

/** HL7 table 0465 for the three groups of a PN: alphabetic, ideographic, phonetic. */
const REPRESENTATIONS = ['A', 'I', 'P'] as const;

// A group whose letters the destination's set lacks would arrive as a row of question marks: it is left out when another group arrives whole.
const groupsFor = (
  name: string,
  characterSet: Hl7CharacterSet,
): readonly { readonly group: NameGroup; readonly representation: string }[] => {
  const groups = name
    .split('=')
    .slice(0, 3)
    .map((text, index) => ({ text: text.trim(), representation: REPRESENTATIONS[index] ?? '' }))
    .filter(({ text }) => text.replaceAll('^', '') !== '');
  const whole = groups.filter(({ text }) => restrictTo(text, characterSet).replaced === 0);
  const kept = whole.length > 0 ? whole : groups.slice(0, 1);
  return kept.map(({ text, representation }) => ({
    group: groupOf(text),
    representation: groups.length > 1 ? representation : '',
  }));
};

/** PID-5: one repetition a group of the name. XPN has suffix before prefix, PN the other way round. */
export const patientName = (name: string, characterSet: Hl7CharacterSet): FieldValue =>
  repetitions(
    groupsFor(name, characterSet).map(({ group: [family, given, middle, prefix, suffix], representation }) =>
      components(family, given, middle, suffix, prefix, '', '', representation),
    ),
  );

/** OBR-16 and ORC-12: a physician without an identifier, so XCN-1 stays empty. */
export function physicianName(name: string, characterSet: Hl7CharacterSet): FieldValue {
  const first = groupsFor(name, characterSet)[0];
  if (first === undefined) return '';
  const [family, given, middle, prefix, suffix] = first.group;
  return components('', family, given, middle, suffix, prefix);
}
