// Which of the fourteen scanning areas a lung cine shows. In: its header, its coded region and the texts of its study. Out: the area and side with
// where each came from, and notes where sources disagree. Codes come before texts; what nothing says stays unknown.
import type { LabelSource, Side } from '../contracts/finding.ts';
import type { InstanceHeader } from '../contracts/instance.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, VALUE } from '../dicom/codes.ts';
import { codes, type Dataset, items } from '../dicom/dataset.ts';

type Surface = 'posterior' | 'lateral' | 'anterior';
type Height = 'basal' | 'middle' | 'upper';
type Place = { readonly side: 'left' | 'right'; readonly surface: Surface; readonly height: Height };

/** How many areas an examination has. */
export const AREAS = 14;

const place = (side: Place['side'], surface: Surface, height: Height): Place => ({ side, surface, height });

/** Areas 1 to 14 in order (Soldati and others, J Ultrasound Med 2020;39:1413). */
const PLACES: readonly Place[] = [
  place('right', 'posterior', 'basal'),
  place('right', 'posterior', 'middle'),
  place('right', 'posterior', 'upper'),
  place('left', 'posterior', 'basal'),
  place('left', 'posterior', 'middle'),
  place('left', 'posterior', 'upper'),
  place('right', 'lateral', 'basal'),
  place('right', 'lateral', 'upper'),
  place('left', 'lateral', 'basal'),
  place('left', 'lateral', 'upper'),
  place('right', 'anterior', 'basal'),
  place('right', 'anterior', 'upper'),
  place('left', 'anterior', 'basal'),
  place('left', 'anterior', 'upper'),
];

/** What one source says; what it leaves open is missing. `areas` are numbers with the side written beside them, if any. */
export type AreaWords = {
  readonly areas: readonly { readonly area: number; readonly side: Place['side'] | null }[];
  readonly sides: readonly Place['side'][];
  readonly surfaces: readonly Surface[];
  readonly heights: readonly Height[];
};

type Meaning = { readonly side?: Place['side']; readonly surface?: Surface; readonly height?: Height };

const table = (rows: readonly (readonly [Meaning, string])[]): ReadonlyMap<string, Meaning> =>
  new Map(rows.flatMap(([meaning, words]) => words.split(', ').map((word) => [word, meaning] as const)));

const WORDS = table([
  [{ side: 'left' }, 'L, LT, LEFT'],
  [{ side: 'right' }, 'R, RT, RIGHT'],
  [{ surface: 'posterior' }, 'POST, POSTERIOR, DORSAL, BACK, PARAVERTEBRAL'],
  [{ surface: 'lateral' }, 'LAT, LATERAL, AXILLARY'],
  [{ surface: 'anterior' }, 'ANT, ANTERIOR, VENTRAL, FRONT'],
  [{ height: 'basal' }, 'BASAL, BASE, LOWER, INF, INFERIOR'],
  [{ height: 'middle' }, 'MIDDLE, MID, MEDIUM'],
  [{ height: 'upper' }, 'UPPER, APICAL, APEX, SUP, SUPERIOR'],
]);

/** Words before a number that make it the number of an area. */
const NUMBERED: ReadonlySet<string> = new Set(['AREA', 'LUS', 'ZONE', 'POINT', 'REGION', 'SITE']);
const LONGEST_TEXT = 2048;

const isArea = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= AREAS;

/** What a text says of the area: "R1 POST BASAL", "LUS AREA 07", "right posterior basal". */
export function areaWordsOf(text: string): AreaWords {
  const words = text
    .slice(0, LONGEST_TEXT)
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  const areas: AreaWords['areas'][number][] = [];
  const meanings: Meaning[] = [];
  for (const [at, word] of words.entries()) {
    const joined = /^([LR])0?([1-9]|1[0-4])$/.exec(word);
    if (joined !== null) areas.push({ area: Number(joined[2]), side: joined[1] === 'L' ? 'left' : 'right' });
    const labelled = /^(?:AREA|LUS|ZONE)0?([1-9]|1[0-4])$/.exec(word);
    if (labelled !== null) areas.push({ area: Number(labelled[1]), side: null });
    if (/^\d{1,2}$/.test(word) && NUMBERED.has(words[at - 1] ?? '') && isArea(Number(word)))
      areas.push({ area: Number(word), side: null });
    const meaning = WORDS.get(word);
    if (meaning !== undefined) meanings.push(meaning);
  }
  return { areas, ...gathered(meanings) };
}

const gathered = (meanings: readonly Meaning[]): Omit<AreaWords, 'areas'> => ({
  sides: [...new Set(meanings.flatMap(({ side }) => side ?? []))],
  surfaces: [...new Set(meanings.flatMap(({ surface }) => surface ?? []))],
  heights: [...new Set(meanings.flatMap(({ height }) => height ?? []))],
});

const CODED: readonly (readonly [Code, Meaning])[] = [
  [ANATOMY.lowerLungZone, { height: 'basal' }],
  [ANATOMY.middleLungZone, { height: 'middle' }],
  [ANATOMY.upperLungZone, { height: 'upper' }],
  [VALUE.left, { side: 'left' }],
  [VALUE.right, { side: 'right' }],
  [VALUE.posterior, { surface: 'posterior' }],
  [VALUE.lateral, { surface: 'lateral' }],
  [VALUE.anterior, { surface: 'anterior' }],
];

const meaningOf = (code: Code): Meaning =>
  CODED.find(([known]) => known.scheme === code.scheme && known.value === code.value)?.[1] ?? {};

/** What the codes of a data set say: Anatomic Region Sequence (CID 6171) with its modifiers (CID 244, CID 2). */
export function codedAreaWords(attributes: Dataset): AreaWords {
  const modifiers = items(attributes, 'AnatomicRegionSequence').flatMap((item) => codes(item, 'AnatomicRegionModifierSequence'));
  const said = [...codes(attributes, 'AnatomicRegionSequence'), ...modifiers].map(meaningOf);
  return { areas: [], ...gathered(said) };
}

/** Texts in the order of trust. */
const TEXTS = ['viewName', 'imageComments', 'seriesDescription', 'protocolName'] as const;
const KEYWORDS = {
  viewName: 'ViewName',
  imageComments: 'ImageComments',
  seriesDescription: 'SeriesDescription',
  protocolName: 'ProtocolName',
} as const satisfies Record<(typeof TEXTS)[number], string>;

/**
 * Whether names like R3 and L4 may be read as areas. Other schemes number each side from 1 by itself, so that an L1 anywhere in the study
 * (area 1 lies on the right) gives every such name of it another meaning.
 */
export function numbersAreTrusted(headers: readonly InstanceHeader[]): boolean {
  const named = headers.flatMap((header) => TEXTS.flatMap((key) => areaWordsOf(header[key]).areas));
  return named.every(({ area, side }) => side === null || PLACES[area - 1]?.side === side);
}

export type LungArea = {
  readonly area: number | null;
  readonly areaSource: LabelSource;
  readonly side: Side;
  readonly sideSource: LabelSource;
  readonly notes: readonly string[];
};

/** The areas that fit. The side written beside a number, else `side`, stands in where the words name none. */
function areasFrom(said: AreaWords, side: Side, trustNumbers: boolean): ReadonlySet<number> {
  const named = said.areas.filter((one) => one.side === null || trustNumbers);
  const sideOfWords = said.sides[0] ?? named.find((one) => one.side !== null)?.side ?? side;
  const single = said.sides.length <= 1 && said.surfaces.length === 1 && said.heights.length === 1;
  const worded = PLACES.findIndex(
    (one) => single && one.side === sideOfWords && one.surface === said.surfaces[0] && one.height === said.heights[0],
  );
  return new Set([...named.map(({ area }) => area), ...(worded < 0 ? [] : [worded + 1])]);
}

const SIDE_OF: Readonly<Record<string, Place['side']>> = { L: 'left', R: 'right' };

type Source = { readonly attribute: string; readonly source: 'coded' | 'description'; readonly said: AreaWords };

/**
 * Area and side of one cine. A text that contradicts a source before it is noted; an area that lies on the other side than the coded one is not
 * taken, since nobody can tell which of the two is wrong.
 */
export function lungAreaOf(header: InstanceHeader, attributes: Dataset, trustNumbers: boolean): LungArea {
  const sources: readonly Source[] = [
    { attribute: 'AnatomicRegionSequence', source: 'coded', said: codedAreaWords(attributes) },
    ...TEXTS.map((key): Source => ({ attribute: KEYWORDS[key], source: 'description', said: areaWordsOf(header[key]) })),
  ];
  const notes: string[] = [];
  const laterality = SIDE_OF[header.laterality];
  const sided = sources.find(({ said }) => said.sides.length === 1);
  let side: Side = laterality ?? sided?.said.sides[0] ?? 'unknown';
  let sideSource: LabelSource = laterality !== undefined ? 'coded' : (sided?.source ?? 'none');
  let taken: { readonly area: number; readonly attribute: string; readonly source: LabelSource } | null = null;
  for (const { attribute, source, said } of sources) {
    const areas = areasFrom(said, side, trustNumbers);
    const [area] = areas;
    if (area === undefined) continue;
    if (areas.size > 1) {
      notes.push(`${attribute} names more than one area (${[...areas].join(', ')}).`);
      continue;
    }
    if (taken === null) taken = { area, attribute, source };
    else if (taken.area !== area)
      notes.push(`${attribute} says area ${area}, ${taken.attribute} says ${taken.area}; ${taken.attribute} was taken.`);
  }
  const areaSide = taken === null ? undefined : PLACES[taken.area - 1]?.side;
  if (taken !== null && side !== 'unknown' && areaSide !== side) {
    notes.push(`${taken.attribute} says area ${taken.area}, which is not on the ${side} side; no area was taken.`);
    taken = null;
  }
  if (taken !== null && areaSide !== undefined && side === 'unknown') {
    side = areaSide;
    sideSource = taken.source;
  }
  if (!trustNumbers) notes.push('The study names places by another numbering of each side; such names were not read as areas.');
  return { area: taken?.area ?? null, areaSource: taken?.source ?? 'none', side, sideSource, notes };
}
