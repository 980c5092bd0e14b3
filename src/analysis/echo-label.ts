// Which view an echo cine shows, by its labels. In: a header. Out: the view with where it came from, and notes where sources disagree. Codes come
// before texts; what nothing says is left to the classifier.
import type { EchoViewOrOther, LabelSource } from '../contracts/finding.ts';
import type { InstanceHeader } from '../contracts/instance.ts';
import type { Code } from '../contracts/model.ts';

const table = (rows: readonly (readonly [EchoViewOrOther, string])[]): ReadonlyMap<string, EchoViewOrOther> =>
  new Map(rows.flatMap(([view, phrases]) => phrases.split(', ').map((phrase) => [phrase, view] as const)));

/** Upper-case phrases, words parted by one space. The longest phrase wins, and its words are not read again. */
const PHRASES = table([
  ['A4C', 'A4C, A4CH, AP4, AP4C, AP4CH, 4C, 4CH, 4 CH, 4CV, A4 CHAMBER, AP 4, AP 4C, AP 4CH, APICAL 4, APICAL 4C, APICAL 4CH'],
  ['A4C', '4 CHAMBER, FOUR CHAMBER, APICAL 4 CHAMBER, APICAL FOUR CHAMBER, AP 4 CHAMBER, APICAL 4 CH, APICAL4CH'],
  ['A2C', 'A2C, A2CH, AP2, AP2C, AP2CH, 2C, 2CH, 2 CH, 2CV, A2 CHAMBER, AP 2, AP 2C, AP 2CH, APICAL 2, APICAL 2C, APICAL 2CH'],
  ['A2C', '2 CHAMBER, TWO CHAMBER, APICAL 2 CHAMBER, APICAL TWO CHAMBER, AP 2 CHAMBER, APICAL 2 CH, APICAL2CH'],
  ['PLAX', 'PLAX, PLA, PSLAX, PSLA, PLX, PS LAX, PARASTERNAL LAX, PARASTERNAL LONG, PARASTERNAL LONG AXIS, LONG PARASTERNAL'],
  ['other', 'PSAX, PSSAX, SAX, PSA, PS SAX, PARASTERNAL SAX, PARASTERNAL SHORT, PARASTERNAL SHORT AXIS, SHORT AXIS'],
  ['other', 'A3C, A3CH, AP3, AP3C, 3CH, 3 CHAMBER, APLAX, APICAL 3, APICAL 3 CHAMBER, APICAL THREE CHAMBER, APICAL LONG AXIS'],
  ['other', 'A5C, A5CH, AP5, AP5C, 5CH, 5 CHAMBER, APICAL 5, APICAL 5 CHAMBER, APICAL FIVE CHAMBER'],
  ['other', 'SC4C, SC 4C, SC 4CH, SUBCOSTAL, SUBC, SUBXIPHOID, SUBCOSTAL 4C, SUBCOSTAL 4CH, SUBCOSTAL 4 CHAMBER'],
  ['other', 'SUBCOSTAL FOUR CHAMBER, SUBCOSTAL LONG AXIS, SUBCOSTAL SHORT AXIS, IVC, SSN, SUPRASTERNAL, SUPRASTERNAL NOTCH'],
  ['other', 'RVIT, RVOT, RV INFLOW, RV OUTFLOW, RV FOCUSED, RV FOCUS, PARASTERNAL LONG AXIS RV INFLOW, PLAX RV INFLOW, RVF'],
]);
const LONGEST_PHRASE = Math.max(...[...PHRASES.keys()].map((phrase) => phrase.split(' ').length));
const LONGEST_TEXT = 2048;

/** The views that a text names, each once, in the order of the words. */
export function viewsNamedIn(text: string): readonly EchoViewOrOther[] {
  const words = text
    .slice(0, LONGEST_TEXT)
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  const found = new Set<EchoViewOrOther>();
  for (let at = 0; at < words.length; ) {
    let length = Math.min(LONGEST_PHRASE, words.length - at);
    while (length > 0) {
      const view = PHRASES.get(words.slice(at, at + length).join(' '));
      if (view !== undefined) {
        found.add(view);
        break;
      }
      length -= 1;
    }
    at += Math.max(1, length);
  }
  return [...found];
}

/** SNOMED CT of CID 12226, with the retired SNOMED-RT values that older systems still send. */
const CODED: ReadonlyMap<string, EchoViewOrOther> = new Map([
  ['SCT 399214001', 'A4C'],
  ['SRT G-A19C', 'A4C'],
  ['SCT 399232001', 'A2C'],
  ['SRT G-A19B', 'A2C'],
  ['SCT 399139001', 'PLAX'],
  ['SRT G-0396', 'PLAX'],
  ...['399339008', '399306005', '399239005', '399371001', '399036006', '399271003', '398998003', '399195005', '399310008'].map(
    (value) => [`SCT ${value}`, 'other'] as const,
  ),
  ...['399200001', '399106004', '399145009', '443082005', '443083000', '443609003', '443562002'].map(
    (value) => [`SCT ${value}`, 'other'] as const,
  ),
  ...['G-0395', 'G-0397', 'G-0398', 'G-0399', 'G-039A', 'G-039B', 'G-039C', 'G-039D', 'G-039E', 'G-039F', 'G-03A0'].map(
    (value) => [`SRT ${value}`, 'other'] as const,
  ),
]);

/** The view that a code names, or undefined. */
export function viewOfCode(code: Code): EchoViewOrOther | undefined {
  const scheme = code.scheme === 'SNM3' || code.scheme === '99SDM' ? 'SRT' : code.scheme;
  return CODED.get(`${scheme} ${code.value}`);
}

/** Texts in the order of trust. */
const TEXTS = ['viewName', 'imageComments', 'seriesDescription', 'protocolName'] as const;
const KEYWORDS = {
  viewName: 'ViewName',
  imageComments: 'ImageComments',
  seriesDescription: 'SeriesDescription',
  protocolName: 'ProtocolName',
} as const satisfies Record<(typeof TEXTS)[number], string>;

/** The view by labels; null with source `none` when no label names exactly one. */
export type ViewLabel = {
  readonly view: EchoViewOrOther | null;
  readonly source: Extract<LabelSource, 'coded' | 'description' | 'none'>;
  /** Sentences for people; they name attributes, never quote them. */
  readonly notes: readonly string[];
};

/** Reads the labels of one cine. Never throws. */
export function echoViewLabel(header: InstanceHeader): ViewLabel {
  const coded = [...new Set(header.viewCode.flatMap((code) => viewOfCode(code) ?? []))];
  const sources = [
    { attribute: 'ViewCodeSequence', source: 'coded' as const, views: coded },
    ...TEXTS.map((key) => ({ attribute: KEYWORDS[key], source: 'description' as const, views: viewsNamedIn(header[key]) })),
  ];
  const notes: string[] = [];
  let taken: (typeof sources)[number] | null = null;
  for (const one of sources) {
    const [view] = one.views;
    if (view === undefined) continue;
    if (one.views.length > 1) {
      notes.push(`${one.attribute} names more than one view (${one.views.join(', ')}).`);
    } else if (taken === null) {
      taken = one;
    } else if (taken.views[0] !== view) {
      notes.push(`${one.attribute} says view ${view}, ${taken.attribute} says ${taken.views[0]}; ${taken.attribute} was taken.`);
    }
  }
  return { view: taken?.views[0] ?? null, source: taken?.source ?? 'none', notes };
}
