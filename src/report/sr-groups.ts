// Measurement groups of statements: TID 1410 of PS3.16. In: statements and where their attention pages are. Out: content items. Pure.
import type { ResultFacts } from '../contracts/finding.ts';
import { ALGORITHM, DOCUMENT, QUANTITY, UNIT } from '../dicom/codes.ts';
import { type Installation, runParameters, trackingUid } from './provenance.ts';
import { type Drawn, drawnApart } from './sr-regions.ts';
import { type ContentItem, codeOf, container, imageOf, numberOf, regionOf, textOf, uidOf } from './sr-tree.ts';
import { framesOf, type KeyFrame, type Measurement, type RegionReference, type Statement } from './statement.ts';
import { percentNumber } from './words.ts';

/** The attention instance and, for each statement, its 1-based frames in it; none where a statement has no page. */
export type AttentionPages = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly framesOf: (key: string) => readonly number[];
  /** Cines beside the pages, each with the key of its statement. */
  readonly cines?: readonly { readonly key: string; readonly sopClassUid: string; readonly sopInstanceUid: string }[];
};

export type GroupParts = {
  readonly result: Pick<ResultFacts, 'studyInstanceUid' | 'run'>;
  readonly installation: Installation;
  /** Null where the document has no attention pages beside it. */
  readonly pages: AttentionPages | null;
};

const referenceTo = (frame: RegionReference) => ({
  sopClassUid: frame.sopClassUid,
  sopInstanceUid: frame.sopInstanceUid,
  frames: framesOf(frame),
});

/** The ultrasound region as a closed polyline along the outer edges of its pixels; the first point is the last (PS3.3 C.18.6). */
function regionItem(frame: RegionReference): ContentItem {
  const { region } = frame;
  const right = region.x1 + 1;
  const bottom = region.y1 + 1;
  const corners = [
    [region.x0, region.y0],
    [right, region.y0],
    [right, bottom],
    [region.x0, bottom],
    [region.x0, region.y0],
  ] as const;
  return regionOf(DOCUMENT.imageRegion, corners, referenceTo(frame));
}

/** The site with its side and its topographical modifier; nothing where the site is not named. */
function siteItems({ site, laterality, topography }: Statement): readonly ContentItem[] {
  if (site === null) return [];
  const modifiers = [
    ...(laterality === null ? [] : [codeOf('HAS CONCEPT MOD', DOCUMENT.laterality, laterality)]),
    ...(topography === null ? [] : [codeOf('HAS CONCEPT MOD', DOCUMENT.topographicalModifier, topography)]),
  ];
  return [codeOf('HAS CONCEPT MOD', DOCUMENT.findingSite, site, modifiers)];
}

/** TID 4019, whose order is significant. */
function algorithmItems(statement: Statement, { result, installation }: GroupParts): readonly ContentItem[] {
  const { run } = result;
  const parameters = [run.notice, ...runParameters(run, installation, statement.operatingPoint), ...statement.parameters];
  return [
    textOf('HAS CONCEPT MOD', ALGORITHM.name, run.modelName),
    textOf('HAS CONCEPT MOD', ALGORITHM.version, run.modelVersion),
    textOf('HAS CONCEPT MOD', ALGORITHM.manufacturer, run.modelManufacturer),
    ...parameters.filter((text) => text !== '').map((text) => textOf('HAS CONCEPT MOD', ALGORITHM.parameters, text)),
    codeOf('HAS CONCEPT MOD', ALGORITHM.family, ALGORITHM.artificialIntelligence),
  ];
}

/** A NUM; how a derived one came about stands below it (TID 300). */
const numberItem = ({ concept, number, unit, derivation }: Measurement): ContentItem =>
  numberOf(
    'CONTAINS',
    concept,
    { number, unit },
    derivation === null ? [] : [codeOf('HAS CONCEPT MOD', DOCUMENT.derivation, derivation)],
  );

function explanationItems(key: string, pages: AttentionPages | null): readonly ContentItem[] {
  const frames = pages?.framesOf(key) ?? [];
  if (pages === null || frames.length === 0) return [];
  const { sopClassUid, sopInstanceUid } = pages;
  return [imageOf('CONTAINS', DOCUMENT.visualExplanation, { sopClassUid, sopInstanceUid, frames })];
}

const cineItems = (key: string, pages: AttentionPages | null): readonly ContentItem[] =>
  (pages?.cines ?? [])
    .filter((cine) => cine.key === key)
    .map(({ sopClassUid, sopInstanceUid }) =>
      imageOf('CONTAINS', DOCUMENT.visualExplanation, { sopClassUid, sopInstanceUid, frames: [] }),
    );

const trackingItems = (key: string, tracking: readonly string[], { result }: GroupParts): readonly ContentItem[] => [
  textOf('HAS OBS CONTEXT', DOCUMENT.trackingIdentifier, key),
  uidOf('HAS OBS CONTEXT', DOCUMENT.trackingUniqueIdentifier, trackingUid(result, ...tracking)),
];

/**
 * The group of one statement, drawn on `region`. The spoken concept comes first among the NUMs because viewers show NUMs in order. What is known of
 * the frame itself, where the statement is drawn on one of its key frames, stands in this group too.
 */
function statementGroup({ statement, region }: Drawn, parts: GroupParts): ContentItem {
  const { certainty, main, method } = statement;
  const own = statement.keyFrames.filter(({ ofTheStatement }) => ofTheStatement);
  const percentage = certainty === null ? null : { number: percentNumber(certainty), unit: UNIT.percent };
  return container(DOCUMENT.measurementGroup, region === null ? '1501' : '1410', [
    ...trackingItems(statement.key, statement.tracking, parts),
    codeOf('CONTAINS', DOCUMENT.finding, statement.finding),
    ...(method === null ? [] : [codeOf('HAS CONCEPT MOD', DOCUMENT.measurementMethod, method)]),
    ...siteItems(statement),
    ...algorithmItems(statement, parts),
    ...(region === null ? [] : [regionItem(region)]),
    numberItem(statement.spoken),
    ...statement.numbers.map(numberItem),
    ...(percentage === null ? [] : [numberOf('CONTAINS', QUANTITY.certaintyOfFinding, percentage)]),
    ...own.flatMap(({ numbers }) => numbers.map(numberItem)),
    ...(main === null ? [] : [codeOf('CONTAINS', main.concept, main.value)]),
    ...[...statement.answers, ...own.flatMap(({ answers }) => answers)].map(({ concept, value }) =>
      codeOf('CONTAINS', concept, value),
    ),
    ...statement.sources.map((source) => imageOf('CONTAINS', DOCUMENT.sourceOfMeasurement, source)),
    ...explanationItems(statement.key, parts.pages),
    ...cineItems(statement.key, parts.pages),
    ...statement.comments.map((text) => textOf('CONTAINS', DOCUMENT.comment, text)),
  ]);
}

/**
 * The group of one key frame. It names no finding (optional in TID 1410): the flag is the statement's, and under a finding alone a frame of a
 * site without it would read as a positive one.
 */
const keyFrameGroup = (statement: Statement, keyFrame: KeyFrame, parts: GroupParts): ContentItem =>
  container(DOCUMENT.measurementGroup, '1410', [
    ...trackingItems(keyFrame.key, keyFrame.tracking, parts),
    ...siteItems(statement),
    ...algorithmItems(statement, parts),
    regionItem(keyFrame.frame),
    ...keyFrame.numbers.map(numberItem),
    ...keyFrame.answers.map(({ concept, value }) => codeOf('CONTAINS', concept, value)),
    imageOf('CONTAINS', DOCUMENT.sourceOfMeasurement, referenceTo(keyFrame.frame)),
    ...explanationItems(statement.key, parts.pages),
  ]);

/** All groups: each statement, followed by its key frames. No two are drawn on one frame where that can be helped. */
export const measurementGroups = (statements: readonly Statement[], parts: GroupParts): readonly ContentItem[] =>
  drawnApart(statements).flatMap((drawn) => [
    statementGroup(drawn, parts),
    ...drawn.statement.keyFrames
      .filter(({ ofTheStatement }) => !ofTheStatement)
      .map((keyFrame) => keyFrameGroup(drawn.statement, keyFrame, parts)),
  ]);
