// Side and vein of an instance. In: its header. Out: the labels with where each came from, and notes where sources disagree.
// Coded attributes come before texts, specific texts before general ones; what nothing says stays unknown.
import type { LabelSource, Side, Vein } from '../contracts/finding.ts';
import type { InstanceHeader } from '../contracts/instance.ts';
import { BODY_PARTS, type Meaning, meaningOfCode, meaningsOf } from './label-words.ts';

export type Labels = {
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly vein: Vein;
  readonly veinSource: LabelSource;
  /** What the texts or codes say of the view; null when they say nothing or contradict themselves. Only compared with the model's heads. */
  readonly orientation: 'transverse' | 'longitudinal' | null;
  readonly compression: boolean | null;
  /** Sentences for people; they name attributes, never quote them. */
  readonly notes: readonly string[];
};

/** One source that speaks: an attribute and everything it says. */
type Statement = { readonly attribute: string; readonly source: 'coded' | 'description'; readonly meanings: readonly Meaning[] };

/** The texts in the order of trust: of the image, of the series, of the study (which tells the side at most). */
const TEXTS = ['viewName', 'imageComments', 'seriesDescription', 'protocolName', 'studyDescription'] as const;
const KEYWORDS = {
  viewName: 'ViewName',
  imageComments: 'ImageComments',
  seriesDescription: 'SeriesDescription',
  protocolName: 'ProtocolName',
  studyDescription: 'StudyDescription',
} as const satisfies Record<(typeof TEXTS)[number], string>;

const SIDES: Readonly<Record<string, Meaning>> = { L: { side: 'left' }, R: { side: 'right' } };

function statementsOf(header: InstanceHeader): Statement[] {
  const coded = (attribute: string, meanings: readonly (Meaning | undefined)[]): Statement => ({
    attribute,
    source: 'coded',
    meanings: meanings.filter((meaning) => meaning !== undefined),
  });
  const vein = BODY_PARTS.get(header.bodyPartExamined.toUpperCase());
  return [
    coded('Laterality', [SIDES[header.laterality]]),
    coded('AnatomicRegionSequence', header.anatomicRegion.map(meaningOfCode)),
    coded('ViewCodeSequence', header.viewCode.map(meaningOfCode)),
    coded('BodyPartExamined', vein === undefined ? [] : [{ vein }]),
    ...TEXTS.map((key): Statement => {
      const meanings = meaningsOf(header[key]);
      return {
        attribute: KEYWORDS[key],
        source: 'description',
        meanings: key === 'studyDescription' ? meanings.filter((meaning) => meaning.side !== undefined) : meanings,
      };
    }),
  ];
}

type Reading<T> = { readonly value: T | null; readonly source: LabelSource; readonly notes: readonly string[] };

/** The first source that says exactly one thing decides; later ones that say another are noted. */
function read<T extends string | boolean>(
  statements: readonly Statement[],
  what: string,
  pick: (meaning: Meaning) => T | undefined,
): Reading<T> {
  const notes: string[] = [];
  let decided: { readonly value: T; readonly attribute: string; readonly source: LabelSource } | null = null;
  for (const { attribute, source, meanings } of statements) {
    const values = [...new Set(meanings.map(pick).filter((value) => value !== undefined))];
    const [value] = values;
    if (value === undefined) continue;
    if (values.length > 1) {
      notes.push(`${attribute} names more than one ${what} (${values.join(', ')}).`);
    } else if (decided === null) {
      decided = { value, attribute, source };
    } else if (decided.value !== value) {
      notes.push(
        `${attribute} says ${what} ${value}, ${decided.attribute} says ${decided.value}; ${decided.attribute} was taken.`,
      );
    }
  }
  return decided === null ? { value: null, source: 'none', notes } : { value: decided.value, source: decided.source, notes };
}

/** Labels of one instance. Never throws; what is not said is `unknown` with source `none`. */
export function labelsOf(header: InstanceHeader): Labels {
  const statements = statementsOf(header);
  const side = read(statements, 'side', (meaning) => meaning.side);
  const vein = read(statements, 'vein', (meaning) => meaning.vein);
  const orientation = read(statements, 'view', (meaning) => meaning.orientation);
  const compression = read(statements, 'compression', (meaning) => meaning.compression);
  const veinKnown = vein.value !== null && vein.value !== 'other';
  return {
    side: side.value ?? 'unknown',
    sideSource: side.source,
    vein: vein.value === null || vein.value === 'other' ? 'unknown' : vein.value,
    veinSource: veinKnown ? vein.source : 'none',
    orientation: orientation.value,
    compression: compression.value,
    notes: [
      ...side.notes,
      ...vein.notes,
      ...(vein.value === 'other' ? ['The description names a vessel other than the femoral and popliteal veins.'] : []),
    ],
  };
}
