// What a `lung-score` result says: the severity of each cine, and the total over the areas that have one. In: a result, its template. Out: statements. Pure.
import type { LungCineResult, ResultOf, RunFacts, Side } from '../contracts/finding.ts';
import { LUNG_PLACES, type LungPlace } from '../contracts/lung-areas.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, QUANTITY, UNIT, VALUE } from '../dicom/codes.ts';
import { type Content, imageReferences, type Measurement, type Statement, wholeImages } from './statement.ts';
import { LUNG_TOTAL_KEY, lungCineKeys } from './statement-keys.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, decimal, isTold, listed, percent, SIDES, spokenConcept } from './words.ts';

/** CID 2. */
const SURFACES = { posterior: VALUE.posterior, lateral: VALUE.lateral, anterior: VALUE.anterior } as const;
/** CID 6171. */
const HEIGHTS = { basal: ANATOMY.lowerLungZone, middle: ANATOMY.middleLungZone, upper: ANATOMY.upperLungZone } as const;

const AREAS = LUNG_PLACES.length;
const HIGHEST_SCORE = 3;

const twoDigits = (area: number): string => String(area).padStart(2, '0');
const placeOf = (area: number | null): LungPlace | null => (area === null ? null : (LUNG_PLACES[area - 1] ?? null));
const placeWords = ({ side, surface, height }: LungPlace): string => `${side} ${surface} ${height}`;

/** A number without a unit. */
const plain = (concept: Code, number: number, derivation: Code | null = null): Measurement => ({
  concept,
  number: String(number),
  unit: UNIT.none,
  derivation,
});

/** One cine of a result with its key and its number among the cines of its area. */
type Numbered = { readonly cine: LungCineResult; readonly key: string; readonly number: number };

function numbered(cines: readonly LungCineResult[]): readonly Numbered[] {
  const seen = new Map<number | null, number>();
  const keys = lungCineKeys(cines);
  return cines.map((cine, index) => {
    const number = (seen.get(cine.area) ?? 0) + 1;
    seen.set(cine.area, number);
    return { cine, key: keys[index] ?? '', number };
  });
}

/** Number for the total and for cines of unknown area; the areas themselves are 1 to 14. */
const TOTAL = 15;
/** The first cine of an area has the number of the area, the second of area 7 is 7002. */
const siteNumber = ({ cine, number }: Numbered): number =>
  cine.area === null ? TOTAL * 1000 + number : number === 1 ? cine.area : cine.area * 1000 + number;

const sideWords = (side: Side): string => (side === 'unknown' ? SIDES.unknown.name : SIDES[side].name);

/** `area 07 (right lateral basal)`, `area 07 (right lateral basal), cine 2`, `cine 1, area unknown (left)`. */
function siteName({ cine, number }: Numbered): string {
  const where = placeOf(cine.area);
  if (cine.area === null || where === null) return `cine ${number}, area unknown (${sideWords(cine.side)})`;
  return `area ${twoDigits(cine.area)} (${placeWords(where)})${number === 1 ? '' : `, cine ${number}`}`;
}

function spokenCine(one: Numbered, run: RunFacts): Measurement {
  const { cine, number } = one;
  const where = placeOf(cine.area);
  const area =
    cine.area === null ? 'area unknown' : `area ${twoDigits(cine.area)}${where === null ? '' : ` (${placeWords(where)})`}`;
  const which = number === 1 && cine.area !== null ? '' : `, cine ${number}`;
  const value = `LUS-${cine.area === null ? 'U' : twoDigits(cine.area)}-${number}`;
  return cine.score === null
    ? plain(spokenConcept(run, `${value}-N`, `lung ${area}${which}, no score, cines`), 1)
    : plain(spokenConcept(run, value, `lung ${area}${which}, score`), cine.score);
}

function cineSentence(one: Numbered): string {
  const { score, probabilities, area } = one.cine;
  const site = capitalised(siteName(one));
  if (score === null) return `${site}: NO SCORE, undetermined.`;
  const counted = area === null ? ', not part of the total' : '';
  return `${site}: score ${score} of ${HIGHEST_SCORE} (certainty ${percent(probabilities[score])} %${counted}).`;
}

function cineStatement(one: Numbered, run: RunFacts, template: OutputTemplate): Statement {
  const { cine, key } = one;
  const where = placeOf(cine.area);
  const { score } = cine;
  const stated = score !== null;
  const areaNumber = cine.area === null ? [] : [plain(QUANTITY.lungAreaNumber, cine.area)];
  return {
    key,
    tracking: [key],
    subId: siteNumber(one),
    finding: QUANTITY.lungScore,
    method: null,
    site: where === null ? ANATOMY.lung : HEIGHTS[where.height],
    laterality: SIDES[where?.side ?? cine.side].code,
    topography: where === null ? null : SURFACES[where.surface],
    ofTheWhole: false,
    place: siteName(one),
    stated,
    positive: stated && score > 0,
    spoken: spokenCine(one, run),
    main: stated ? null : { concept: QUANTITY.lungScore, value: VALUE.undetermined, abnormal: false },
    answers: [],
    numbers: [...(stated ? [plain(QUANTITY.lungScore, score)] : []), ...areaNumber],
    certainty: stated ? cine.probabilities[score] : null,
    threshold: null,
    operatingPoint: run.statement.threshold,
    parameters: [...template.parameters, `area=${cine.area === null ? 'unknown' : twoDigits(cine.area)}`],
    region: cine.frames[0] ?? { ...cine.cine, frameNumber: 1 },
    sources: cine.frames.length > 0 ? imageReferences(cine.frames) : wholeImages([cine.cine]),
    keyFrames: [],
    comments: [
      JSON.stringify({
        area: cine.area,
        ...(stated ? { probabilities: cine.probabilities.map((one) => Number(decimal(one, 4))) } : {}),
        frames: cine.frames.map(({ frameNumber }) => frameNumber),
      }),
    ],
    sentence: cineSentence(one),
    notes: cine.notes,
  };
}

/** The sum is said with the number of areas that it is over; nothing is added for areas without a score. */
function totalSentence({ total, areasScored, areasUnscored }: ResultOf<'lung-score'>['total']): string {
  if (areasScored === 0) return 'Lung ultrasound score: NO TOTAL, no scanning area has a score.';
  const most = areasScored * HIGHEST_SCORE;
  if (areasUnscored.length === 0) return `Lung ultrasound score: total ${total} of at most ${most}, all ${AREAS} areas scored.`;
  const areas = `${areasUnscored.length === 1 ? 'area' : 'areas'} ${listed(areasUnscored.map(twoDigits))}`;
  return `Lung ultrasound score: total ${total} of at most ${most} over ${areasScored} of ${AREAS} areas; INCOMPLETE, no score for ${areas}, nothing is added for ${areasUnscored.length === 1 ? 'it' : 'them'}.`;
}

/** The statement over all areas; its region is that of the worst area, so that a viewer opens there, on another frame than the area's own. */
function totalStatement(ordered: readonly Numbered[], result: ResultOf<'lung-score'>, template: OutputTemplate): Statement {
  const { total, run } = result;
  const stated = total.areasScored > 0;
  const counted = ordered.filter(({ cine }) => cine.area !== null && cine.score !== null);
  const worst = [...counted].sort((one, other) => (other.cine.score ?? 0) - (one.cine.score ?? 0))[0] ?? ordered[0];
  const scored = plain(QUANTITY.lungAreasScored, total.areasScored);
  const words = stated ? `lung score, total over ${total.areasScored} of ${AREAS} areas` : 'lung score, no total, areas scored';
  return {
    key: LUNG_TOTAL_KEY,
    tracking: [LUNG_TOTAL_KEY],
    subId: TOTAL,
    finding: QUANTITY.lungTotalScore,
    method: null,
    site: ANATOMY.lung,
    laterality: VALUE.bilateral,
    topography: null,
    ofTheWhole: true,
    place: 'both lungs',
    stated,
    positive: stated && total.total > 0,
    spoken: plain(spokenConcept(run, stated ? `LUS-TOTAL-${total.areasScored}` : 'LUS-TOTAL-N', words), stated ? total.total : 0),
    main: stated ? null : { concept: QUANTITY.lungTotalScore, value: VALUE.undetermined, abnormal: false },
    answers: [],
    numbers: [...(stated ? [plain(QUANTITY.lungTotalScore, total.total, VALUE.total)] : []), scored],
    certainty: null,
    threshold: null,
    operatingPoint: null,
    parameters: template.parameters,
    region: worst === undefined ? null : (worst.cine.frames[1] ?? worst.cine.frames[0] ?? { ...worst.cine.cine, frameNumber: 1 }),
    sources: wholeImages(counted.map(({ cine }) => cine.cine)),
    keyFrames: [],
    comments: [JSON.stringify({ areasScored: total.areasScored, areasUnscored: total.areasUnscored })],
    sentence: totalSentence(total),
    notes: [],
  };
}

/** The total first, then the cines in the order of their areas, those of unknown area last. */
export function statementsOfLungScore(result: ResultOf<'lung-score'>, template: OutputTemplate): Content {
  const ordered = [...numbered(result.cines)].sort(
    (one, other) => (one.cine.area ?? TOTAL) - (other.cine.area ?? TOTAL) || one.number - other.number,
  );
  const several = result.cines.length > 0 && ordered.some(({ cine, number }) => cine.area !== null && number > 1);
  return {
    statements: [
      ...(ordered.length === 0 || !isTold(result.run, 'total') ? [] : [totalStatement(ordered, result, template)]),
      ...ordered.map((one) => cineStatement(one, result.run, template)),
    ],
    ofTheRegion: result.cines.some(({ area, score }) => area !== null || score !== null),
    images: new Map(
      result.cines.map(({ cine }) => [cine.sopInstanceUid, { numberOfFrames: cine.numberOfFrames, view: null }] as const),
    ),
    nothing: `No ${template.findingName} is given: no cine could be analysed. This is not a negative result.`,
    caveats: [...(several ? ['Of several cines of one area the highest score counts.'] : [])],
    remarks: [],
  };
}
