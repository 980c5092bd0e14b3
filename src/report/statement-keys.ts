// The keys under which the parts of a result are known in every output: tracking identifiers, page headings, log lines. In: parts of results.
// Out: short texts, the same in every revision and version of a model. Pure.
import type { EchoView, Landmark, LungCineResult, Side, Vein } from '../contracts/finding.ts';

const SIDE_LETTERS: Readonly<Record<Side, string>> = { left: 'L', right: 'R', unknown: 'U' };
const VEIN_LETTERS: Readonly<Record<Vein, string>> = { CFV: 'CFV', FV: 'FV', POP: 'POP', unknown: 'UNNAMED' };

/** `SEC L CFV`: one vein section of `vascular-sec`. */
export const sectionKey = (section: { readonly side: Side; readonly vein: Vein }): string =>
  `SEC ${SIDE_LETTERS[section.side]} ${VEIN_LETTERS[section.vein]}`;

/** `DVT L SFJ`: one landmark of one side of `vascular-dvt`. */
export const landmarkKey = (landmark: { readonly side: Side; readonly landmark: Landmark }): string =>
  `DVT ${SIDE_LETTERS[landmark.side]} ${landmark.landmark}`;

/**
 * `LUS area 07`, one a cine and in the order of the cines. The first cine of an area has the key of the area alone, so that it keeps it when a
 * second one arrives (`LUS area 07 cine 2`); cines of no known area are all numbered (`LUS area unknown cine 1`).
 */
export function lungCineKeys(cines: readonly Pick<LungCineResult, 'area'>[]): readonly string[] {
  const seen = new Map<number | null, number>();
  return cines.map(({ area }) => {
    const number = (seen.get(area) ?? 0) + 1;
    seen.set(area, number);
    if (area === null) return `LUS area unknown cine ${number}`;
    return `LUS area ${String(area).padStart(2, '0')}${number === 1 ? '' : ` cine ${number}`}`;
  });
}

/** The sum over the areas of `lung-score`. */
export const LUNG_TOTAL_KEY = 'LUS exam total';

/** `WMA A4C`: one view of `echo-cmr`. */
export const echoViewKey = (view: EchoView): string => `WMA ${view}`;

/** The statement over all views of `echo-cmr`. */
export const ECHO_GLOBAL_KEY = 'WMA global';
