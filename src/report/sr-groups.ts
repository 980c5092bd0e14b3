// Measurement groups of a vein section: TID 1410 of PS3.16. In: a section and where its attention pages are. Out: content items. Pure.
import type { ResultOf, KeyframeResult, SectionResult } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ALGORITHM, DOCUMENT, IMAGE, QUANTITY, UNIT, VALUE } from '../dicom/codes.ts';
import { type Installation, runParameters, trackingUid } from './provenance.ts';
import { type ContentItem, codeOf, container, imageOf, numberOf, regionOf, textOf, uidOf } from './sr-tree.ts';
import type { OutputTemplate } from './templates.ts';
import { decimal, FLAGS, isStated, ranked, SIDES, siteKey, spokenConcept, VEINS } from './wording.ts';

/** The attention instance and, for each section, its 1-based frames in it. */
export type AttentionPages = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly framesOf: (section: SectionResult) => readonly number[];
};

export type GroupParts = {
  readonly result: ResultOf<'vascular-sec'>;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  readonly pages: AttentionPages;
};

/** A frame number is given only where the instance has several (PS3.3 10.3). */
const frameOf = (keyframe: KeyframeResult): readonly number[] => (keyframe.numberOfFrames > 1 ? [keyframe.frameNumber] : []);

const referenceTo = (keyframe: KeyframeResult, frames: readonly number[]) => ({
  sopClassUid: keyframe.sopClassUid,
  sopInstanceUid: keyframe.sopInstanceUid,
  frames,
});

/** The ultrasound region as a closed polyline along the outer edges of its pixels; the first point is the last (PS3.3 C.18.6). */
function regionItem({ region, ...keyframe }: KeyframeResult): ContentItem {
  const right = region.x1 + 1;
  const bottom = region.y1 + 1;
  const corners = [
    [region.x0, region.y0],
    [right, region.y0],
    [right, bottom],
    [region.x0, bottom],
    [region.x0, region.y0],
  ] as const;
  return regionOf(DOCUMENT.imageRegion, corners, referenceTo({ region, ...keyframe }, frameOf({ region, ...keyframe })));
}

/** The site with its side; nothing where the vein is not named. */
function siteItems(section: SectionResult): readonly ContentItem[] {
  const { site } = VEINS[section.vein];
  if (site === null) return [];
  const side = SIDES[section.side].code;
  const laterality = side === null ? [] : [codeOf('HAS CONCEPT MOD', DOCUMENT.laterality, side)];
  return [codeOf('HAS CONCEPT MOD', DOCUMENT.findingSite, site, laterality)];
}

/** TID 4019, whose order is significant. */
function algorithmItems(section: SectionResult, { result, installation }: GroupParts): readonly ContentItem[] {
  const { run } = result;
  const parameters = [run.notice, ...runParameters(run, installation), `section=${siteKey(section)}`];
  return [
    textOf('HAS CONCEPT MOD', ALGORITHM.name, run.modelName),
    textOf('HAS CONCEPT MOD', ALGORITHM.version, run.modelVersion),
    textOf('HAS CONCEPT MOD', ALGORITHM.manufacturer, run.modelManufacturer),
    ...parameters.filter((text) => text !== '').map((text) => textOf('HAS CONCEPT MOD', ALGORITHM.parameters, text)),
    codeOf('HAS CONCEPT MOD', ALGORITHM.family, ALGORITHM.artificialIntelligence),
  ];
}

/** The source images of a section, one item an instance with all its key frames. */
function sourceItems(section: SectionResult): readonly ContentItem[] {
  const byInstance = new Map<string, KeyframeResult[]>();
  for (const keyframe of section.keyframes)
    byInstance.set(keyframe.sopInstanceUid, [...(byInstance.get(keyframe.sopInstanceUid) ?? []), keyframe]);
  return [...byInstance.values()].flatMap((keyframes) => {
    const first = keyframes[0];
    if (first === undefined) return [];
    const frames = [...new Set(keyframes.flatMap(frameOf))].sort((one, other) => one - other);
    return [imageOf('CONTAINS', DOCUMENT.sourceOfMeasurement, referenceTo(first, frames))];
  });
}

const explanationItem = (section: SectionResult, pages: AttentionPages): ContentItem =>
  imageOf('CONTAINS', DOCUMENT.visualExplanation, {
    sopClassUid: pages.sopClassUid,
    sopInstanceUid: pages.sopInstanceUid,
    frames: pages.framesOf(section),
  });

/** All weights of a section as compact JSON: one text instead of a NUM per frame. */
const weightsJson = (section: SectionResult): string =>
  JSON.stringify({
    popliteal: Number(decimal(section.popliteal, 4)),
    keyframes: section.keyframes.map((keyframe) => ({
      instance: keyframe.sopInstanceUid,
      frame: keyframe.frameNumber,
      attention: Number(decimal(keyframe.attention, 4)),
      longitudinal: Number(decimal(keyframe.longitudinal, 4)),
      compression: Number(decimal(keyframe.compression, 4)),
    })),
  });

const percentOf = (share: number): { readonly number: string; readonly unit: Code } => ({
  number: decimal(share * 100, 2),
  unit: UNIT.percent,
});

/** The group of one section. The spoken concept comes first among the NUMs because viewers show NUMs in order. */
function sectionGroup(section: SectionResult, parts: GroupParts): ContentItem {
  const { result, template, pages } = parts;
  const top = ranked(section)[0];
  const probability = percentOf(section.secProbability);
  const frames = { number: String(section.keyframes.length), unit: UNIT.none };
  return container(DOCUMENT.measurementGroup, '1410', [
    textOf('HAS OBS CONTEXT', DOCUMENT.trackingIdentifier, `${template.findingShort} ${siteKey(section)}`),
    uidOf('HAS OBS CONTEXT', DOCUMENT.trackingUniqueIdentifier, trackingUid(result, siteKey(section))),
    codeOf('CONTAINS', DOCUMENT.finding, result.run.statement.concept),
    ...siteItems(section),
    ...algorithmItems(section, parts),
    ...(top === undefined ? [] : [regionItem(top)]),
    numberOf('CONTAINS', spokenConcept(section, result.run, template), isStated(section) ? probability : frames),
    ...(isStated(section) ? [numberOf('CONTAINS', QUANTITY.certaintyOfFinding, probability)] : []),
    codeOf('CONTAINS', result.run.statement.concept, FLAGS[section.sec].code),
    ...sourceItems(section),
    explanationItem(section, pages),
    textOf('CONTAINS', DOCUMENT.comment, weightsJson(section)),
  ]);
}

/**
 * The group of one key frame; `rank` is 1 for the highest attention. It names no finding (optional in TID 1410): the flag is the section's, and
 * under a finding alone a frame of a vein without it would read as a positive one.
 */
function keyframeGroup(
  section: SectionResult,
  keyframe: KeyframeResult,
  parts: GroupParts & { readonly rank: number },
): ContentItem {
  const { result, template, pages, rank } = parts;
  const view = keyframe.longitudinal >= 0.5 ? VALUE.longitudinal : VALUE.transverse;
  const compression = keyframe.compression >= 0.5 ? [codeOf('CONTAINS', IMAGE.physicalForce, IMAGE.compressionAction)] : [];
  return container(DOCUMENT.measurementGroup, '1410', [
    textOf('HAS OBS CONTEXT', DOCUMENT.trackingIdentifier, `${template.findingShort} ${siteKey(section)} key frame ${rank}`),
    uidOf(
      'HAS OBS CONTEXT',
      DOCUMENT.trackingUniqueIdentifier,
      trackingUid(result, siteKey(section), keyframe.sopInstanceUid, String(keyframe.frameNumber)),
    ),
    ...siteItems(section),
    ...algorithmItems(section, parts),
    regionItem(keyframe),
    // In percent: viewers print the unit's code value, and "0.46 1" says nothing to a reader.
    numberOf('CONTAINS', QUANTITY.attentionWeight, percentOf(keyframe.attention)),
    codeOf('CONTAINS', IMAGE.view, view),
    ...compression,
    imageOf('CONTAINS', DOCUMENT.sourceOfMeasurement, referenceTo(keyframe, frameOf(keyframe))),
    explanationItem(section, pages),
  ]);
}

/** All groups: each section, followed by its key frames of highest attention as far as the template asks for. */
export const measurementGroups = (parts: GroupParts): readonly ContentItem[] =>
  parts.result.sections.flatMap((section) => [
    sectionGroup(section, parts),
    ...ranked(section)
      .slice(0, parts.template.sr.keyframeGroups)
      .map((keyframe, index) => keyframeGroup(section, keyframe, { ...parts, rank: index + 1 })),
  ]);
