// Who says what of one instance. In: its header, its attributes, the phrases in use and what was read off the picture. Out: one statement a source, surest
// first: coded attributes, then texts, specific ones before general ones, then the picture. Meanings only, never the text itself.
import type { InstanceHeader } from '../contracts/instance.ts';
import type { Code } from '../contracts/model.ts';
import { codes, type Dataset, items } from '../dicom/dataset.ts';
import { meaningsOf, VOCABULARY, type Vocabulary, wordsOf } from './label-words.ts';
import { BODY_PARTS, meaningOfCode } from './labels-codes.ts';
import type { Meaning } from './labels-meaning.ts';

/** One source that speaks: an attribute, or the picture, and everything it says. */
export type Statement = {
  readonly attribute: string;
  readonly source: 'coded' | 'description' | 'text';
  readonly meanings: readonly Meaning[];
};

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
const WRITTEN = 'The text on the picture';

const coded = (attribute: string, meanings: readonly (Meaning | undefined)[]): Statement => ({
  attribute,
  source: 'coded',
  meanings: meanings.filter((meaning) => meaning !== undefined),
});

/** The region with its modifiers, which tell side and surface (CID 244, CID 2). */
const modifiersOf = (attributes: Dataset): readonly Code[] =>
  items(attributes, 'AnatomicRegionSequence').flatMap((item) => codes(item, 'AnatomicRegionModifierSequence'));

const sideAlone = (meanings: readonly Meaning[]): Meaning[] =>
  meanings.flatMap(({ side }) => (side === undefined ? [] : [{ side }]));

/** Words beside which "compressed" is said of a file, and not of a vein. */
const FILE_WORDS: ReadonlySet<string> = new Set(
  'JPEG JPG JPEG2000 J2K JLS HTJ2K RLE MPEG MPEG2 MPEG4 H264 H265 LOSSY LOSSLESS DEFLATE DEFLATED ENDIAN SYNTAX CODEC RATIO FILE IMAGE PIXEL DATA'.split(
    ' ',
  ),
);
/** Alone these may be said of either. */
const OF_EITHER: ReadonlySet<string> = new Set([
  'COMPRESSED',
  'UNCOMPRESSED',
  'NONCOMPRESSED',
  'NON COMPRESSED',
  'NO COMPRESSION',
]);

function isOfFile(text: string): boolean {
  const words = wordsOf(text);
  return OF_EITHER.has(words.join(' ')) || words.some((word) => FILE_WORDS.has(word));
}

/** What a description says; a compression only where it can be none but that of a vein. */
function describedBy(text: string, vocabulary: Vocabulary): readonly Meaning[] {
  const meanings = meaningsOf(text, vocabulary);
  return isOfFile(text) ? meanings.map(({ compression: _ofFile, ...rest }) => rest) : meanings;
}

/** Statements of one instance. `attributes` adds what the header leaves out; `written` is what was read off the picture, none when it was not looked at. */
export function statementsOf(
  header: InstanceHeader,
  added: { readonly attributes?: Dataset; readonly vocabulary?: Vocabulary; readonly written?: readonly Meaning[] } = {},
): Statement[] {
  const { attributes = {}, vocabulary = VOCABULARY, written = [] } = added;
  const vein = BODY_PARTS.get(header.bodyPartExamined.toUpperCase());
  return [
    coded('Laterality', [SIDES[header.laterality]]),
    coded('AnatomicRegionSequence', [...header.anatomicRegion, ...modifiersOf(attributes)].map(meaningOfCode)),
    coded('ViewCodeSequence', header.viewCode.map(meaningOfCode)),
    coded('BodyPartExamined', vein === undefined ? [] : [{ vein }]),
    ...TEXTS.map((key): Statement => {
      const meanings = describedBy(header[key], vocabulary);
      return {
        attribute: KEYWORDS[key],
        source: 'description',
        meanings: key === 'studyDescription' ? sideAlone(meanings) : meanings,
      };
    }),
    { attribute: WRITTEN, source: 'text', meanings: written },
  ];
}
