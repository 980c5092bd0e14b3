// The words and codes for a vein section that the report, the attention pages and the message share. In: results. Out: texts and codes. Pure.
import type { ResultOf, RunFacts, SectionResult, Side, SkippedInput, Vein } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, PRIVATE_SCHEME, VALUE } from '../dicom/codes.ts';
import { FAULTS } from '../kernel/errors.ts';
import type { ByGate, OutputTemplate } from './templates.ts';

/** What is not named has no site: any site would be a guess, and even the limb may be another. */
export const VEINS: Readonly<Record<Vein, { readonly site: Code | null; readonly name: string; readonly short: string }>> = {
  CFV: { site: ANATOMY.commonFemoralVein, name: 'common femoral vein', short: 'CFV' },
  FV: { site: ANATOMY.femoralVein, name: 'femoral vein', short: 'FV' },
  POP: { site: ANATOMY.poplitealVein, name: 'popliteal vein', short: 'POP' },
  unknown: { site: null, name: 'vein not named', short: 'UNNAMED' },
};

export const SIDES: Readonly<Record<Side, { readonly code: Code | null; readonly name: string; readonly letter: string }>> = {
  left: { code: VALUE.left, name: 'left', letter: 'L' },
  right: { code: VALUE.right, name: 'right', letter: 'R' },
  unknown: { code: null, name: 'side unknown', letter: 'U' },
};

/**
 * OBX-4 of a section: one number for each site, the same in every revision, because a receiver replaces a preliminary row by OBX-3 and OBX-4.
 * Left 1 to 4, right 5 to 8, side unknown 9 to 12; each CFV, FV, POP, not named.
 */
export const siteNumber = (section: SectionResult): number =>
  4 * Object.keys(SIDES).indexOf(section.side) + Object.keys(VEINS).indexOf(section.vein) + 1;

/** Whether a number goes out for a section: a probability beside "undetermined" would be read as a statement all the same. */
export const isStated = (section: SectionResult): boolean => section.sec !== 'undetermined';

/** A section whose vein is known is what makes an examination one of leg veins; without one nothing is said of what was examined. */
export const isOfTheModelsRegion = (result: ResultOf<'vascular-sec'>): boolean =>
  result.sections.some((section) => section.vein !== 'unknown');

/** CID 240 value of a flag. */
export const FLAGS: Readonly<Record<SectionResult['sec'], { readonly code: Code; readonly letter: string }>> = {
  present: { code: VALUE.present, letter: 'P' },
  absent: { code: VALUE.absent, letter: 'A' },
  undetermined: { code: VALUE.undetermined, letter: 'U' },
};

/** Research wording wins when the weights are reference weights, whatever the manifest's gate says. */
export const gateOf = (run: RunFacts): keyof ByGate =>
  run.statement.reporting === 'clinical' && !run.referenceWeights ? 'clinical' : 'research';

/** `left femoral vein`, `femoral vein, side unknown`. */
export const siteName = (section: SectionResult): string => {
  const vein = VEINS[section.vein].name;
  return section.side === 'unknown' ? `${vein}, ${SIDES.unknown.name}` : `${SIDES[section.side].name} ${vein}`;
};

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `L CFV`: the key of a section within a study. */
export const siteKey = (section: SectionResult): string => `${SIDES[section.side].letter} ${VEINS[section.vein].short}`;

/** A probability as percent with one decimal, e.g. `71.2`. */
export const percent = (probability: number): string => (probability * 100).toFixed(1);

/** A number for DS: at most 16 characters, no exponent, no trailing zeros (PS3.5 6.2). */
export const decimal = (value: number, places: number): string => String(Number(value.toFixed(places)));

/**
 * A concept of our own scheme whose meaning says finding, side, vein and flag in one line. Some viewers show of a measurement group only the
 * meaning of its NUM and the site; the standard concepts (111012 certainty, CID 240 flag, site, laterality) stand beside it for machines.
 * The number is the probability; for a section without a statement it is the number of key frames.
 */
export function spokenConcept(section: SectionResult, run: RunFacts, template: OutputTemplate): Code {
  const vein = VEINS[section.vein];
  const site = section.side === 'unknown' ? `${vein.short}, ${SIDES.unknown.name},` : `${SIDES[section.side].name} ${vein.name}`;
  const who = gateOf(run) === 'research' ? 'Research AI' : 'AI';
  const short = template.findingShort;
  return {
    value: `SEC-${FLAGS[section.sec].letter}-${SIDES[section.side].letter}-${vein.short}`,
    scheme: PRIVATE_SCHEME,
    meaning: `${who}: ${site} ${short} ${section.sec}, ${isStated(section) ? `P(${short})` : 'frames'}`.slice(0, 64),
  };
}

/** Keyframes of a section, highest attention first; equal weights keep their order. */
export const ranked = (section: SectionResult): SectionResult['keyframes'] =>
  [...section.keyframes].sort((one, other) => other.attention - one.attention);

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/** One sentence about a section. */
export function sectionSentence(section: SectionResult, run: RunFacts, template: OutputTemplate): string {
  const site = capitalised(siteName(section));
  const frames = count(section.keyframes.length, 'key frame');
  if (!isStated(section)) return `${site}: ${template.findingName} UNDETERMINED, no statement (${frames}).`;
  return `${site}: ${template.findingName} ${section.sec.toUpperCase()} (P = ${percent(section.secProbability)} %, threshold ${percent((run.statement.threshold ?? 0))} %, ${frames}).`;
}

/** What every text begins with: the research-use strip, then the notice of the model. */
export const noticeText = (run: RunFacts, template: OutputTemplate): string =>
  `${template.watermark[gateOf(run)]}. ${run.notice}`.trim();

/** The statements about all sections, one a line; when there is none it says so, because silence must not be read as a negative. */
export function statementLines(result: ResultOf<'vascular-sec'>, template: OutputTemplate): readonly string[] {
  if (result.sections.length > 0) return result.sections.map((section) => sectionSentence(section, result.run, template));
  return [`No statement about ${template.findingName}: no vein section could be analysed. This is not a negative result.`];
}

/** Who said it, and how its threshold was chosen. */
export function authorSentence(run: RunFacts): string {
  const method = run.statement.thresholdMethod === '' ? '' : ` Threshold: ${run.statement.thresholdMethod}.`;
  return `Computed by the model "${run.modelName}", version ${run.modelVersion} (${run.modelManufacturer}); not reviewed by a physician.${method}`;
}

/** All that is to be read together: notice, statements, what they are not about, author. One line each. */
export const impressionLines = (result: ResultOf<'vascular-sec'>, template: OutputTemplate): readonly string[] => [
  noticeText(result.run, template),
  ...statementLines(result, template),
  template.scope,
  authorSentence(result.run),
];

/** Skipped inputs as counts by reason, most frequent first, with the sentence of the first of each. */
export function skippedLines(skipped: readonly SkippedInput[]): readonly string[] {
  const byReason = new Map<string, { number: number; readonly sentence: string }>();
  for (const one of skipped) {
    const row = byReason.get(one.reason);
    if (row === undefined) byReason.set(one.reason, { number: 1, sentence: one.sentence });
    else row.number += 1;
  }
  return [...byReason]
    .sort((one, other) => other[1].number - one[1].number || one[0].localeCompare(other[0], 'en'))
    .map(([reason, row]) => `Not analysed: ${count(row.number, 'input')} (${reason}): ${row.sentence}`);
}

/** Notes of the sections, each said once with the sites it is about. */
export function noteLines(sections: readonly SectionResult[]): readonly string[] {
  const sites = new Map<string, string[]>();
  for (const section of sections)
    for (const note of section.notes) sites.set(note, [...(sites.get(note) ?? []), siteName(section)]);
  return [...sites].map(([note, names]) =>
    names.length === sections.length && names.length > 1 ? `All sections: ${note}` : `${capitalised(names.join('; '))}: ${note}`,
  );
}

/** Inputs that failed (a code of the error registry) rather than being unsuitable: they make a document PARTIAL. */
export const failedInputs = (skipped: readonly SkippedInput[]): number => skipped.filter((one) => one.reason in FAULTS).length;
