// The words that departments write on leg veins, and the codes for the same. Tables, and the matching of phrases in a text.
import type { Code } from '../contracts/model.ts';

/** What one word or code says. `other` is a vessel that the model was not made for. */
export type Meaning = {
  readonly side?: 'left' | 'right';
  readonly vein?: 'CFV' | 'FV' | 'POP' | 'other';
  readonly orientation?: 'transverse' | 'longitudinal';
  readonly compression?: boolean;
};

const table = (rows: readonly (readonly [Meaning, string])[]): ReadonlyMap<string, Meaning> =>
  new Map(rows.flatMap(([meaning, phrases]) => phrases.split(', ').map((phrase) => [phrase, meaning] as const)));

/** Upper-case phrases, words parted by one space. The longest phrase wins, and its words are not read again. */
const PHRASES = table([
  [{ side: 'left' }, 'L, LT, LEFT, LLE, LT LE, LEFT LOWER'],
  [{ side: 'right' }, 'R, RT, RIGHT, RLE, RT LE, RIGHT LOWER'],
  [
    { vein: 'CFV' },
    'CFV, COMMON FEMORAL, COMMON FEM, COM FEM, COM FEMORAL, COMM FEM, COMMON FEMORAL V, COMMON FEMORAL VEIN, CFV SFJ',
  ],
  [{ vein: 'FV' }, 'FV, SFV, FEM, FEMV, FEMORAL, FEMORALV, FEM V, FEM VEIN, FEMORAL V, FEMORAL VEIN'],
  [{ vein: 'FV' }, 'SUPERFICIAL FEMORAL, SUPERFICIAL FEMORAL VEIN, SUP FEM, SUP FEMORAL, SUPF FEM'],
  [{ vein: 'POP' }, 'POP, POPV, POPLITEAL, POPLITEALV, POP V, POP VEIN, POPLITEAL V, POPLITEAL VEIN'],
  [
    { vein: 'other' },
    'GSV, SSV, SFJ, SPJ, PTV, ATV, PERO, PERONEAL, GASTROC, SOLEAL, EIV, CIV, IVC, ILIAC, GREAT SAPHENOUS, SMALL SAPHENOUS',
  ],
  [{ vein: 'other' }, 'DFV, PFV, PROFUNDA, PROFUNDA FEM, PROFUNDA FEMORIS, DEEP FEMORAL, DEEP FEM, DEEP FEMORAL VEIN'],
  [
    { vein: 'other' },
    'CFA, SFA, DFA, PFA, POPA, FEM A, FEM ART, FEM ARTERY, FEMORAL A, FEMORAL ART, FEMORAL ARTERY, POP A, POP ART, POP ARTERY',
  ],
  [
    { vein: 'other' },
    'COMMON FEMORAL ARTERY, COM FEM ART, SUPERFICIAL FEMORAL ARTERY, POPLITEAL A, POPLITEAL ART, POPLITEAL ARTERY',
  ],
  [{ orientation: 'transverse' }, 'TRANS, TRANSVERSE, TRV, TRN, TX, SAX, SHORT AXIS'],
  [{ orientation: 'longitudinal' }, 'LONG, LONGITUDINAL, LG, LAX, SAG, SAGITTAL, LONG AXIS'],
  [{ compression: true }, 'COMP, COMPR, COMPRESS, COMPRESSED, COMPRESSION, W COMP, W COMPRESSION, WITH COMP, WITH COMPRESSION'],
  [{ compression: false }, 'W O COMP, W O COMPRESSION, WO COMP, WO COMPRESSION, WITHOUT COMP, WITHOUT COMPRESSION'],
  [{ compression: false }, 'NO COMP, NO COMPRESSION, NON COMP, NON COMPRESSED, NON COMPRESSION, NONCOMPRESSED, UNCOMPRESSED'],
]);

const LONGEST_PHRASE = Math.max(...[...PHRASES.keys()].map((phrase) => phrase.split(' ').length));
const LONGEST_TEXT = 2048;

/** Every meaning found in a text, in the order of the words. */
export function meaningsOf(text: string): Meaning[] {
  const words = text
    .slice(0, LONGEST_TEXT)
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
  const found: Meaning[] = [];
  for (let at = 0; at < words.length; ) {
    let length = Math.min(LONGEST_PHRASE, words.length - at);
    while (length > 0) {
      const meaning = PHRASES.get(words.slice(at, at + length).join(' '));
      if (meaning !== undefined) {
        found.push(meaning);
        break;
      }
      length -= 1;
    }
    at += Math.max(1, length);
  }
  return found;
}

const CODED = new Map<string, Meaning>([
  // SNOMED CT of CID 12110 and CID 244, and the retired SNOMED-RT values that older systems still send.
  ['SCT 397363009', { vein: 'CFV' }],
  ['SRT G-035B', { vein: 'CFV' }],
  ['SCT 83419000', { vein: 'FV' }],
  ['SRT T-49410', { vein: 'FV' }],
  ['SCT 397364003', { vein: 'FV' }],
  ['SRT G-035A', { vein: 'FV' }],
  ['SCT 56849005', { vein: 'POP' }],
  ['SRT T-49650', { vein: 'POP' }],
  ['SCT 60734001', { vein: 'other' }],
  ['SCT 128587003', { vein: 'other' }],
  ['SCT 7771000', { side: 'left' }],
  ['SRT G-A101', { side: 'left' }],
  ['SCT 24028007', { side: 'right' }],
  ['SRT G-A100', { side: 'right' }],
  ['SCT 62824007', { orientation: 'transverse' }],
  ['SRT G-A117', { orientation: 'transverse' }],
  ['SCT 38717003', { orientation: 'longitudinal' }],
  ['SRT G-A143', { orientation: 'longitudinal' }],
]);

/** What a code says, or undefined for one that says nothing of side, vein or view. */
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
