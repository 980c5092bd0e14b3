// The codes for what others say in words. In: a code or a body part term. Out: its meaning.
import type { Code } from '../contracts/model.ts';
import { ANATOMY, VALUE } from '../dicom/codes.ts';
import type { Meaning } from './labels-meaning.ts';

const OTHER_VIEWS = [
  ...['399339008', '399306005', '399239005', '399371001', '399036006', '399271003', '398998003', '399195005'],
  ...['399310008', '399200001', '399106004', '399145009', '443082005', '443083000', '443609003', '443562002'],
];
const OTHER_VIEWS_SRT = ['5', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'].map((last) => `G-039${last}`);

const key = ({ scheme, value }: Pick<Code, 'scheme' | 'value'>): string => `${scheme} ${value}`;

/** SNOMED CT of CID 12110, 244, 2, 6171 and 12226, with the retired SNOMED-RT values that older systems still send. */
const CODED: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['SCT 397363009', { vein: 'CFV' }],
  ['SRT G-035B', { vein: 'CFV' }],
  ['SCT 83419000', { vein: 'FV' }],
  ['SRT T-49410', { vein: 'FV' }],
  ['SCT 397364003', { vein: 'FV' }],
  ['SRT G-035A', { vein: 'FV' }],
  ['SCT 56849005', { vein: 'POP' }],
  ['SRT T-49650', { vein: 'POP' }],
  [key(ANATOMY.greatSaphenousVein), { vein: 'other', landmark: 'GSV' }],
  [key(ANATOMY.saphenofemoralJunction), { vein: 'other', landmark: 'SFJ' }],
  ['SCT 7771000', { side: 'left' }],
  ['SRT G-A101', { side: 'left' }],
  ['SCT 24028007', { side: 'right' }],
  ['SRT G-A100', { side: 'right' }],
  ['SCT 62824007', { orientation: 'transverse' }],
  ['SRT G-A117', { orientation: 'transverse' }],
  ['SCT 38717003', { orientation: 'longitudinal' }],
  ['SRT G-A143', { orientation: 'longitudinal' }],
  [key(ANATOMY.lowerLungZone), { height: 'basal' }],
  [key(ANATOMY.middleLungZone), { height: 'middle' }],
  [key(ANATOMY.upperLungZone), { height: 'upper' }],
  [key(VALUE.posterior), { surface: 'posterior' }],
  [key(VALUE.lateral), { surface: 'lateral' }],
  [key(VALUE.anterior), { surface: 'anterior' }],
  ['SCT 399214001', { echoView: 'A4C' }],
  ['SRT G-A19C', { echoView: 'A4C' }],
  ['SCT 399232001', { echoView: 'A2C' }],
  ['SRT G-A19B', { echoView: 'A2C' }],
  ['SCT 399139001', { echoView: 'PLAX' }],
  ['SRT G-0396', { echoView: 'PLAX' }],
  ...OTHER_VIEWS.map((value): readonly [string, Meaning] => [`SCT ${value}`, { echoView: 'other' }]),
  ...[...OTHER_VIEWS_SRT, 'G-03A0'].map((value): readonly [string, Meaning] => [`SRT ${value}`, { echoView: 'other' }]),
]);

/** What a code says, or undefined for one that says nothing of an image. */
export function meaningOfCode(code: Code): Meaning | undefined {
  const scheme = code.scheme === 'SNM3' || code.scheme === '99SDM' ? 'SRT' : code.scheme;
  return CODED.get(`${scheme} ${code.value}`);
}

/** BodyPartExamined terms of PS3.16 Annex L that name one of the veins. */
export const BODY_PARTS: ReadonlyMap<string, 'CFV' | 'FV' | 'POP'> = new Map([
  ['CFV', 'CFV'],
  ['FEMORALV', 'FV'],
  ['SFV', 'FV'],
  ['POPLITEALV', 'POP'],
]);
