// What an `echo-cmr` result says: wall motion abnormality, a statement over all views and one a view. In: a result, its template. Out: statements. Pure.
import type {
  EchoGlobalResult,
  EchoView,
  EchoViewResult,
  ResultOf,
  RunFacts,
  WallMotionStatement,
} from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, ECHO_VIEW, FINDING, IMAGE, UNIT } from '../dicom/codes.ts';
import {
  type Content,
  type ImageReference,
  imageReferences,
  type LibraryImage,
  type Measurement,
  type Statement,
  wholeImages,
} from './statement.ts';
import { ECHO_GLOBAL_KEY, echoViewKey } from './statement-keys.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, count, decimal, FLAGS, listed, percent, percentNumber, spokenConcept } from './words.ts';

/** CID 12226. */
export const VIEWS: Readonly<Record<EchoView, { readonly code: Code; readonly name: string; readonly number: number }>> = {
  A4C: { code: ECHO_VIEW.apicalFourChamber, name: 'apical four-chamber view', number: 1 },
  A2C: { code: ECHO_VIEW.apicalTwoChamber, name: 'apical two-chamber view', number: 2 },
  PLAX: { code: ECHO_VIEW.parasternalLongAxis, name: 'parasternal long-axis view', number: 3 },
};
const GLOBAL = 4;

/** The place of an answer among those of a study. */
type Place = { readonly key: string; readonly short: string; readonly name: string; readonly number: number };

/** Operating point of an answer: outputs may name one of their own for a view or the whole (`wma-a4c`, `wma-global`). */
function thresholdOf(run: RunFacts, short: string): number | null {
  const own = run.outputs.find(
    ({ id, concept }) =>
      concept.value === run.statement.concept.value &&
      concept.scheme === run.statement.concept.scheme &&
      id.endsWith(`-${short.toLowerCase()}`),
  );
  return own?.threshold ?? run.statement.threshold;
}

function spoken(answer: WallMotionStatement, { short }: Place, { run, cines }: { run: RunFacts; cines: number }): Measurement {
  const flag = answer.wallMotionAbnormality;
  const stated = flag !== 'undetermined';
  const concept = spokenConcept(
    run,
    `WMA-${FLAGS[flag].letter}-${short.toUpperCase()}`,
    `${short} wall motion abnormality ${flag}, ${stated ? 'P(WMA)' : 'cines'}`,
  );
  return stated
    ? { concept, number: percentNumber(answer.probability), unit: UNIT.percent, derivation: null }
    : { concept, number: String(cines), unit: UNIT.none, derivation: null };
}

function sentence(
  answer: WallMotionStatement,
  place: Place,
  facts: { template: OutputTemplate; threshold: number | null; cines: number },
): string {
  const { template, threshold, cines } = facts;
  const site = capitalised(place.name);
  const seen = count(cines, 'cine');
  if (answer.wallMotionAbnormality === 'undetermined')
    return `${site}: ${template.findingName} UNDETERMINED, no statement (${seen}).`;
  const limit = threshold === null ? '' : `, threshold ${percent(threshold)} %`;
  return `${site}: ${template.findingName} ${answer.wallMotionAbnormality.toUpperCase()} (P(${template.findingShort}) = ${percent(answer.probability)} %${limit}, ${seen}).`;
}

type Shown = {
  readonly place: Place;
  readonly view: Code | null;
  readonly cines: number;
  readonly region: Statement['region'];
  readonly sources: readonly ImageReference[];
  readonly detail: object;
  readonly notes: readonly string[];
};

function statement(answer: WallMotionStatement, shown: Shown, parts: { run: RunFacts; template: OutputTemplate }): Statement {
  const { run, template } = parts;
  const { place, view, cines } = shown;
  const flag = answer.wallMotionAbnormality;
  const stated = flag !== 'undetermined';
  const threshold = thresholdOf(run, place.short);
  const positive = flag === 'present';
  return {
    key: place.key,
    tracking: [place.key],
    subId: place.number,
    finding: FINDING.regionalAbnormalWallMotion,
    method: null,
    site: ANATOMY.leftVentricle,
    laterality: null,
    topography: null,
    ofTheWhole: view === null,
    place: place.name,
    stated,
    positive,
    spoken: spoken(answer, place, { run, cines }),
    main: { concept: FINDING.regionalAbnormalWallMotion, value: FLAGS[flag].code, abnormal: positive },
    answers: view === null ? [] : [{ concept: IMAGE.view, value: view, abnormal: false }],
    numbers: [],
    certainty: stated ? answer.probability : null,
    threshold,
    operatingPoint: threshold,
    parameters: [...template.parameters, `view=${place.short}`],
    region: shown.region,
    sources: shown.sources,
    keyFrames: [],
    comments: [JSON.stringify(shown.detail)],
    sentence: sentence(answer, place, { template, threshold, cines }),
    notes: shown.notes,
  };
}

/** The frame that stands for a view, drawn with its region. */
export function regionOfView({ frames, cines }: EchoViewResult): Statement['region'] {
  const cine = cines[0]?.cine;
  return frames[0] ?? (cine === undefined ? null : { ...cine, frameNumber: 1 });
}

/** The cines of a view; of the one that has kept frames, these. */
export function sourcesOfView({ frames, cines }: EchoViewResult): readonly ImageReference[] {
  const kept = imageReferences(frames);
  const whole = wholeImages(cines.map(({ cine }) => cine));
  return [...kept, ...whole.filter((one) => !kept.some((known) => known.sopInstanceUid === one.sopInstanceUid))];
}

/** The view that tells most for the statement over all: the one with the highest probability. */
export const worstView = (views: readonly EchoViewResult[]): EchoViewResult | null =>
  [...views].sort((one, other) => other.probability - one.probability)[0] ?? null;

const viewStatement = (result: EchoViewResult, parts: { run: RunFacts; template: OutputTemplate }): Statement => {
  const { code, name, number } = VIEWS[result.view];
  const stated = result.wallMotionAbnormality !== 'undetermined';
  return statement(
    result,
    {
      place: { key: echoViewKey(result.view), short: result.view, name, number },
      view: code,
      cines: result.cines.length,
      region: regionOfView(result),
      sources: sourcesOfView(result),
      detail: {
        cines: result.cines.map(({ cine, probability, viewSource }) => ({
          instance: cine.sopInstanceUid,
          viewSource,
          ...(stated ? { probability: Number(decimal(probability, 4)) } : {}),
        })),
        frames: result.frames.map(({ frameNumber }) => frameNumber),
      },
      notes: [...result.notes, ...new Set(result.cines.flatMap(({ notes }) => notes))],
    },
    parts,
  );
};

function globalStatement(
  global: EchoGlobalResult,
  views: readonly EchoViewResult[],
  parts: { run: RunFacts; template: OutputTemplate },
): Statement {
  const cines = views.flatMap((one) => one.cines.map(({ cine }) => cine));
  const worst = worstView(views);
  return statement(
    global,
    {
      place: { key: ECHO_GLOBAL_KEY, short: 'global', name: `left ventricle (${listed(global.views)})`, number: GLOBAL },
      view: null,
      cines: cines.length,
      // Another frame than that of the view, where there is one.
      region: worst === null ? null : (worst.frames[1] ?? regionOfView(worst)),
      sources: wholeImages(cines),
      detail: { views: global.views },
      // What is said of the tissue belongs into the document of its own.
      notes: global.notes.filter((note) => !/^tissue\b/iu.test(note)),
    },
    parts,
  );
}

/** The statement over all views first, then one a view; cines of other views are named. */
export function statementsOfEchoCmr(result: ResultOf<'echo-cmr'>, template: OutputTemplate): Content {
  const { run, views, global, others } = result;
  const parts = { run, template };
  return {
    statements: [
      ...(global === null ? [] : [globalStatement(global, views, parts)]),
      ...views.map((one) => viewStatement(one, parts)),
    ],
    ofTheRegion: views.length > 0,
    images: new Map<string, LibraryImage>([
      ...others.map(({ cine }) => [cine.sopInstanceUid, { numberOfFrames: cine.numberOfFrames, view: null }] as const),
      ...views.flatMap(({ view, cines }) =>
        cines.map(({ cine }) => [cine.sopInstanceUid, { numberOfFrames: cine.numberOfFrames, view: VIEWS[view].code }] as const),
      ),
    ]),
    nothing: `No statement about ${template.findingName}: none of the views A4C, A2C and PLAX could be read. This is not a negative result.`,
    caveats: [],
    remarks: others.length === 0 ? [] : [`${capitalised(count(others.length, 'cine'))} of other views: not analysed further.`],
  };
}
