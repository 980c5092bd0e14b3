// What an `echo-cmr` result says of the tissue: values that echocardiography does not predict (the source paper's own conclusion), for a document
// of their own and only as far as the manifest lets them out. In: a result, its template. Out: statements. Pure.
import type { EchoViewResult, OutputFacts, ResultOf, RunFacts, TissueOutputs } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, FINDING, IMAGE, PROCESSING, QUANTITY, UNIT, VALUE } from '../dicom/codes.ts';
import type { Measurement, Statement } from './statement.ts';
import { regionOfView, sourcesOfView, VIEWS, worstView } from './statements-echo-cmr.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, decimal, percentNumber, reportingOf } from './words.ts';

/** One quantity or class of the tissue. `class`: P of the abnormal class; `value`: the quantity itself. */
type Tissue =
  | {
      readonly kind: 'class';
      readonly concept: Code;
      readonly short: string;
      readonly name: string;
      readonly of: (tissue: TissueOutputs) => number;
      readonly yes: Code;
      readonly no: Code;
      readonly open: Code;
    }
  | {
      readonly kind: 'value';
      readonly concept: Code;
      readonly short: string;
      readonly name: string;
      readonly of: (tissue: TissueOutputs) => number;
      readonly unit: Code;
      readonly places: number;
      readonly open: null;
    };

/** CID 242. */
const NORMALITY = { yes: VALUE.abnormal, no: VALUE.normal, open: VALUE.normalityUndetermined } as const;
const PRESENCE = { yes: VALUE.present, no: VALUE.absent, open: VALUE.undetermined } as const;

const TISSUES: readonly Tissue[] = [
  {
    kind: 'class',
    concept: FINDING.lateContrastEnhancement,
    short: 'LGE',
    name: 'late contrast enhancement',
    of: (one) => one.lateEnhancement,
    ...PRESENCE,
  },
  {
    kind: 'value',
    concept: QUANTITY.t1,
    short: 'T1',
    name: 'T1',
    of: (one) => one.t1Ms,
    unit: UNIT.millisecond,
    places: 1,
    open: null,
  },
  { kind: 'class', concept: FINDING.t1Class, short: 'T1 class', name: 'T1 class', of: (one) => one.abnormalT1, ...NORMALITY },
  {
    kind: 'value',
    concept: QUANTITY.t2,
    short: 'T2',
    name: 'T2',
    of: (one) => one.t2Ms,
    unit: UNIT.millisecond,
    places: 1,
    open: null,
  },
  { kind: 'class', concept: FINDING.t2Class, short: 'T2 class', name: 'T2 class', of: (one) => one.abnormalT2, ...NORMALITY },
  {
    kind: 'value',
    concept: QUANTITY.extracellularVolume,
    short: 'ECV',
    name: 'extracellular volume fraction',
    of: (one) => one.ecvPercent,
    unit: UNIT.percent,
    places: 1,
    open: null,
  },
  {
    kind: 'class',
    concept: FINDING.extracellularVolumeClass,
    short: 'ECV class',
    name: 'ECV class',
    of: (one) => one.abnormalEcv,
    ...NORMALITY,
  },
];

/** A view, or all of them. */
type Place = {
  readonly short: string;
  readonly name: string;
  readonly tissue: TissueOutputs;
  readonly view: EchoViewResult | null;
  readonly shown: EchoViewResult | null;
};

const outputOf = (run: RunFacts, concept: Code): OutputFacts | undefined =>
  run.outputs.find((one) => one.concept.value === concept.value && one.concept.scheme === concept.scheme);

/** The words of this document never leave out what it is. A code of its own for each meaning, e.g. `NR-T1C-A4C`. */
const spokenOf = (tissue: string, place: string): Code => ({
  value: `NR-${tissue.replace(' class', 'C')}-${place.toUpperCase()}`,
  scheme: FINDING.predictionFromEcho.scheme,
  meaning: `Not reliable, AI guess from echo: ${tissue} ${place}`.slice(0, 64),
});

function statement(tissue: Tissue, place: Place, { run, template }: { run: RunFacts; template: OutputTemplate }): Statement {
  const value = tissue.of(place.tissue);
  const key = `ECHO ${tissue.short} ${place.short}`;
  const threshold = tissue.kind === 'value' ? null : (outputOf(run, tissue.concept)?.threshold ?? null);
  const measured: Measurement =
    tissue.kind === 'value'
      ? { concept: tissue.concept, number: decimal(value, tissue.places), unit: tissue.unit, derivation: null }
      : { concept: QUANTITY.certaintyOfFinding, number: percentNumber(value), unit: UNIT.percent, derivation: null };
  const answer = tissue.kind === 'value' ? null : threshold === null ? tissue.open : value >= threshold ? tissue.yes : tissue.no;
  const said = answer === null ? '' : `${answer.meaning.toUpperCase()}, P = `;
  return {
    key,
    tracking: [key],
    subId: 0,
    finding: tissue.concept,
    method: FINDING.predictionFromEcho,
    site: ANATOMY.leftVentricularMyocardium,
    laterality: null,
    topography: null,
    ofTheWhole: place.view === null,
    place: place.name,
    stated: answer === null || answer !== tissue.open,
    positive: false,
    spoken: { ...measured, concept: spokenOf(tissue.short, place.short) },
    main: answer === null ? null : { concept: tissue.concept, value: answer, abnormal: false },
    answers: [
      { concept: PROCESSING.renderingIntent, value: PROCESSING.notForPresentation, abnormal: false },
      { concept: FINDING.reliability, value: FINDING.notReliable, abnormal: false },
      ...(place.view === null ? [] : [{ concept: IMAGE.view, value: VIEWS[place.view.view].code, abnormal: false }]),
    ],
    numbers: [measured],
    certainty: null,
    threshold,
    operatingPoint: threshold,
    parameters: [`view=${place.short}`],
    region: place.shown === null ? null : regionOfView(place.shown),
    sources: place.shown === null ? [] : sourcesOfView(place.shown),
    keyFrames: [],
    comments: template.sr.notReliable === null ? [] : [template.sr.notReliable.remark],
    sentence: `${capitalised(place.name)}: ${tissue.name}: ${said}${measured.number} ${measured.unit.value}, NOT RELIABLE.`,
    notes: [],
  };
}

/** Statements about every tissue output that the manifest lets out; none when all are off, as they are by default. */
export function tissueStatements(result: ResultOf<'echo-cmr'>, template: OutputTemplate): readonly Statement[] {
  const { run, views, global } = result;
  const told = TISSUES.filter(({ concept }) => reportingOf(run, concept) !== 'off');
  const places: readonly Place[] = [
    ...(global === null
      ? []
      : [{ short: 'global', name: 'all views', tissue: global.tissue, view: null, shown: worstView(views) }]),
    ...views.map((view) => ({ short: view.view, name: VIEWS[view.view].name, tissue: view.tissue, view, shown: view })),
  ];
  return places.flatMap((place) => told.map((tissue) => statement(tissue, place, { run, template })));
}
