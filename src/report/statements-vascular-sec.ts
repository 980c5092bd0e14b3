// What a `vascular-sec` result says: spontaneous echo contrast, one statement a vein section. In: a result, its template. Out: statements. Pure.
import type { KeyframeResult, ResultOf, RunFacts, SectionResult, Vein } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, IMAGE, QUANTITY, UNIT, VALUE } from '../dicom/codes.ts';
import { type Content, imageReferences, type KeyFrame, type Measurement, type Statement } from './statement.ts';
import { sectionKey } from './statement-keys.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, count, decimal, FLAGS, isTold, percent, percentNumber, SIDES, sidedName, spokenConcept } from './words.ts';

/** What is not named has no site: any site would be a guess, and even the limb may be another. */
const VEINS: Readonly<Record<Vein, { readonly site: Code | null; readonly name: string; readonly short: string }>> = {
  CFV: { site: ANATOMY.commonFemoralVein, name: 'common femoral vein', short: 'CFV' },
  FV: { site: ANATOMY.femoralVein, name: 'femoral vein', short: 'FV' },
  POP: { site: ANATOMY.poplitealVein, name: 'popliteal vein', short: 'POP' },
  unknown: { site: null, name: 'vein not named', short: 'UNNAMED' },
};

/** Left 1 to 4, right 5 to 8, side unknown 9 to 12; each CFV, FV, POP, not named. */
const siteNumber = (section: SectionResult): number =>
  4 * Object.keys(SIDES).indexOf(section.side) + Object.keys(VEINS).indexOf(section.vein) + 1;

/** Whether a number goes out for a section: a probability beside "undetermined" would be read as a statement all the same. */
export const isStated = (section: SectionResult): boolean => section.sec !== 'undetermined';

/** `left femoral vein`, `femoral vein, side unknown`. */
export const siteName = (section: SectionResult): string => sidedName(section.side, VEINS[section.vein].name);

/** `L CFV`: side and vein of a section within a study. */
const siteKey = (section: SectionResult): string => `${SIDES[section.side].letter} ${VEINS[section.vein].short}`;

/** Keyframes of a section, highest attention first; equal weights keep their order. */
export const ranked = (section: SectionResult): SectionResult['keyframes'] =>
  [...section.keyframes].sort((one, other) => other.attention - one.attention);

/** One sentence about a section. */
function sentence(section: SectionResult, run: RunFacts, template: OutputTemplate): string {
  const site = capitalised(siteName(section));
  const frames = count(section.keyframes.length, 'key frame');
  if (!isStated(section)) return `${site}: ${template.findingName} UNDETERMINED, no statement (${frames}).`;
  return `${site}: ${template.findingName} ${section.sec.toUpperCase()} (P(${template.findingShort}) = ${percent(section.secProbability)} %, threshold ${percent(run.statement.threshold ?? 0)} %, ${frames}).`;
}

/** The number is the probability; for a section without a statement it is the number of key frames. */
function spoken(section: SectionResult, run: RunFacts, template: OutputTemplate): Measurement {
  const vein = VEINS[section.vein];
  const site = section.side === 'unknown' ? `${vein.short}, ${SIDES.unknown.name},` : `${SIDES[section.side].name} ${vein.name}`;
  const short = template.findingShort;
  const stated = isStated(section);
  const concept = spokenConcept(
    run,
    `SEC-${FLAGS[section.sec].letter}-${SIDES[section.side].letter}-${vein.short}`,
    `${site} ${short} ${section.sec}, ${stated ? `P(${short})` : 'frames'}`,
  );
  return stated
    ? { concept, number: percentNumber(section.secProbability), unit: UNIT.percent, derivation: null }
    : { concept, number: String(section.keyframes.length), unit: UNIT.none, derivation: null };
}

function keyFrame(section: SectionResult, keyframe: KeyframeResult, { rank, run }: { rank: number; run: RunFacts }): KeyFrame {
  const view = keyframe.longitudinal >= 0.5 ? VALUE.longitudinal : VALUE.transverse;
  const compressed = keyframe.compression >= 0.5 && isTold(run, 'compression');
  return {
    key: `${sectionKey(section)} key frame ${rank}`,
    tracking: [siteKey(section), keyframe.sopInstanceUid, String(keyframe.frameNumber)],
    frame: keyframe,
    ofTheStatement: rank === 1,
    // In percent: viewers print the unit's code value, and "0.46 1" says nothing to a reader.
    numbers: isTold(run, 'attention')
      ? [
          {
            concept: QUANTITY.attentionWeight,
            number: decimal(keyframe.attention * 100, 2),
            unit: UNIT.percent,
            derivation: null,
          },
        ]
      : [],
    answers: [
      ...(isTold(run, 'longitudinal') ? [{ concept: IMAGE.view, value: view, abnormal: false }] : []),
      ...(compressed ? [{ concept: IMAGE.physicalForce, value: IMAGE.compressionAction, abnormal: false }] : []),
    ],
  };
}

/** All weights of a section as compact JSON: one text instead of a NUM per frame. */
function weightsJson(section: SectionResult, run: RunFacts): string {
  const told = (id: string, key: string, value: number): object => (isTold(run, id) ? { [key]: Number(decimal(value, 4)) } : {});
  return JSON.stringify({
    ...told('popliteal', 'popliteal', section.popliteal),
    keyframes: section.keyframes.map((keyframe) => ({
      instance: keyframe.sopInstanceUid,
      frame: keyframe.frameNumber,
      ...told('attention', 'attention', keyframe.attention),
      ...told('longitudinal', 'longitudinal', keyframe.longitudinal),
      ...told('compression', 'compression', keyframe.compression),
    })),
  });
}

function statement(section: SectionResult, run: RunFacts, template: OutputTemplate): Statement {
  const stated = isStated(section);
  const site = siteKey(section);
  const frames = ranked(section);
  const finding = run.statement.concept;
  const positive = section.sec === 'present';
  return {
    key: sectionKey(section),
    tracking: [site],
    subId: siteNumber(section),
    finding,
    method: null,
    site: VEINS[section.vein].site,
    laterality: SIDES[section.side].code,
    topography: null,
    ofTheWhole: false,
    place: siteName(section),
    stated,
    positive,
    spoken: spoken(section, run, template),
    main: { concept: finding, value: FLAGS[section.sec].code, abnormal: positive },
    answers: [],
    numbers: [],
    certainty: stated ? section.secProbability : null,
    threshold: run.statement.threshold,
    operatingPoint: run.statement.threshold,
    parameters: [`section=${site}`],
    region: frames[0] ?? null,
    sources: imageReferences(section.keyframes),
    keyFrames: frames
      .slice(0, template.sr.keyframeGroups)
      .map((keyframe, index) => keyFrame(section, keyframe, { rank: index + 1, run })),
    comments: [weightsJson(section, run)],
    sentence: sentence(section, run, template),
    notes: section.notes,
  };
}

/** The statements of a result, in its order. */
export const statementsOfVascularSec = (result: ResultOf<'vascular-sec'>, template: OutputTemplate): Content => ({
  statements: result.sections.map((section) => statement(section, result.run, template)),
  // A section whose vein is known is what makes an examination one of leg veins.
  ofTheRegion: result.sections.some((section) => section.vein !== 'unknown'),
  images: new Map(
    result.sections.flatMap(({ keyframes }) =>
      keyframes.map(({ sopInstanceUid, numberOfFrames }) => [sopInstanceUid, { numberOfFrames, view: null }] as const),
    ),
  ),
  nothing: `No statement about ${template.findingName}: no vein section could be analysed. This is not a negative result.`,
  caveats: [],
  remarks: [],
});
