// The Structured Report of one result: root template TID 1500. In: a result, the source header, the installation. Out: a data set. Pure.
import type { ReportClass } from '../contracts/delivery.ts';
import type { AnalysisResult } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { codingSchemeIdentification, DOCUMENT, IMAGE, OBSERVER, PROCEDURE, PROCESSING, UNIT } from '../dicom/codes.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import { BASIC_TEXT_SR, COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR, ENHANCED_SR } from '../dicom/sop-classes.ts';
import { contributingEquipment, equipment, type Installation, outputSeriesUid, outputUid } from './provenance.ts';
import { orderOf, referencedRequest, sourceHeader, studyOffset, writableCodes } from './source-header.ts';
import { type AttentionPages, measurementGroups } from './sr-groups.ts';
import {
  type ContentItem,
  codeOf,
  codesIn,
  container,
  contentAttributes,
  imageOf,
  numberOf,
  recoded,
  textOf,
  uidOf,
} from './sr-tree.ts';
import type { Content, Statement } from './statement.ts';
import { contentOf, notReliableOf } from './statements.ts';
import { type OutputTemplate, schemesOf, swapped } from './templates.ts';
import { dicomDate, dicomTime } from './times.ts';
import { impressionLines, noteLines } from './wording.ts';
import { authorSentence, failedInputs, gateOf, noticeText, skippedLines } from './words.ts';

/** A form of an earlier report that this one supersedes. */
export type EarlierReport = { readonly sopClassUid: string; readonly sopInstanceUid: string; readonly seriesInstanceUid: string };

export type ReportParts = {
  readonly result: AnalysisResult;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  /** Zone in which times are written when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
  /** Null when there are no attention pages beside the report. */
  readonly pages: (AttentionPages & { readonly seriesInstanceUid: string }) | null;
  /** Every form in which the report that this one supersedes was handed on; none for the first. */
  readonly earlier: readonly EarlierReport[];
};

const NOT_RELIABLE = 'not-reliable';
/** Part of what tells a notice from the report that may follow it. */
export const NOT_ANALYSED = 'not-analysed';

/** What tells one document of a result from another. */
type DocumentFacts = {
  /** Part of the UIDs; the report itself has none. */
  readonly part: string;
  /** Part of the series UID: a notice is of the series of the report. */
  readonly seriesPart: string;
  readonly statements: readonly Statement[];
  /** CID 6047; null where nothing is to be taken for a finding. */
  readonly summary: Code | null;
  readonly impression: readonly string[];
  readonly comments: readonly string[];
  readonly seriesNumber: number;
  readonly seriesDescription: string;
  readonly pages: ReportParts['pages'];
};

/** TID 1001, 1002 and 1004: observed by a device, this installation. */
const observerItems = (installation: Installation): readonly ContentItem[] =>
  [
    codeOf('HAS OBS CONTEXT', OBSERVER.observerType, OBSERVER.device),
    uidOf('HAS OBS CONTEXT', OBSERVER.deviceUid, installation.deviceUid),
    textOf('HAS OBS CONTEXT', OBSERVER.deviceName, installation.stationName),
    textOf('HAS OBS CONTEXT', OBSERVER.deviceManufacturer, installation.manufacturer),
    textOf('HAS OBS CONTEXT', OBSERVER.deviceModelName, installation.modelName),
    textOf('HAS OBS CONTEXT', OBSERVER.deviceSerialNumber, installation.serialNumber),
    textOf('HAS OBS CONTEXT', OBSERVER.stationAeTitle, installation.aeTitle),
  ].filter(({ value }) => value.type !== 'TEXT' || value.text !== '');

/**
 * The imaging procedure that was analysed: the study's own code, else the order's, else the template's; a study without any image of the
 * model's region is just an imaging procedure, whatever the model was made for.
 */
export function procedureOf(source: Dataset, template: OutputTemplate, { ofTheRegion }: Pick<Content, 'ofTheRegion'>): Code {
  const ofTheStudy = writableCodes(source, 'ProcedureCodeSequence')[0] ?? orderOf(source).requestedProcedureCode;
  return ofTheStudy ?? (ofTheRegion ? template.procedure : PROCEDURE.imagingProcedure);
}

/** The side of an image, where all statements about a place that rest on it name the same one. */
function lateralityOf(sopInstanceUid: string, statements: readonly Statement[]): Code | null {
  const sides = statements
    .filter(({ ofTheWhole, sources }) => !ofTheWhole && sources.some((source) => source.sopInstanceUid === sopInstanceUid))
    .map(({ laterality }) => laterality);
  const [first = null] = sides;
  return sides.every((side) => side?.value === first?.value) ? first : null;
}

/** TID 1600 with one group, because viewers read the first group only. Every input is listed, also those that were skipped. */
function imageLibrary(result: AnalysisResult, content: Content, template: OutputTemplate): ContentItem {
  const images = result.inputs.map((input) => {
    const known = content.images.get(input.sopInstanceUid);
    const view = known?.view ?? null;
    const side = lateralityOf(input.sopInstanceUid, content.statements);
    const children = [
      ...(view === null ? [] : [codeOf('HAS ACQ CONTEXT', IMAGE.view, view)]),
      ...(side === null ? [] : [codeOf('HAS ACQ CONTEXT', IMAGE.laterality, side)]),
      ...(known === undefined
        ? []
        : [
            numberOf('HAS ACQ CONTEXT', IMAGE.numberOfFrames, {
              number: String(known.numberOfFrames),
              unit: UNIT.none,
            }),
          ]),
    ];
    const { sopClassUid, sopInstanceUid } = input;
    return imageOf('CONTAINS', null, { sopClassUid, sopInstanceUid, frames: [], children });
  });
  return container(DOCUMENT.imageLibrary, '1600', [
    container(DOCUMENT.imageLibraryGroup, null, [
      ...(images.length === 0 ? [] : [codeOf('HAS ACQ CONTEXT', IMAGE.modality, IMAGE.ultrasound)]),
      ...(content.ofTheRegion ? [codeOf('HAS ACQ CONTEXT', IMAGE.targetRegion, template.targetRegion)] : []),
      ...images,
    ]),
  ]);
}

/** CID 6047. Unsuitable inputs are no failure of the algorithm; a site without a statement is. */
export function summaryCode(statements: readonly Statement[], skipped: AnalysisResult['skipped']): Code {
  const determined = statements.filter(({ stated }) => stated);
  if (determined.length === 0) return PROCESSING.noneSucceeded;
  const found = determined.some(({ positive }) => positive);
  const all = determined.length === statements.length && failedInputs(skipped) === 0;
  if (all) return found ? PROCESSING.allSucceededWithFindings : PROCESSING.allSucceededWithoutFindings;
  return found ? PROCESSING.notAllSucceededWithFindings : PROCESSING.notAllSucceededWithoutFindings;
}

const evaluations = ({ summary, impression, comments }: DocumentFacts): ContentItem =>
  container(DOCUMENT.qualitativeEvaluations, null, [
    ...(summary === null ? [] : [codeOf('CONTAINS', PROCESSING.summary, summary)]),
    textOf('CONTAINS', DOCUMENT.impression, impression.join('\r\n')),
    ...(comments.length === 0 ? [] : [textOf('CONTAINS', DOCUMENT.comment, comments.join('\r\n'))]),
  ]);

/** The content tree, TID 1500. */
function treeOfDocument(parts: ReportParts, facts: DocumentFacts): ContentItem {
  const { result, template, installation, source } = parts;
  const content = contentOf(result, template);
  const children = [
    codeOf('HAS CONCEPT MOD', DOCUMENT.language, DOCUMENT.englishUnitedStates),
    ...observerItems(installation),
    codeOf('HAS CONCEPT MOD', DOCUMENT.procedureReported, procedureOf(source, template, content)),
    imageLibrary(result, content, template),
    container(
      DOCUMENT.imagingMeasurements,
      null,
      measurementGroups(facts.statements, { result, installation, pages: facts.pages }),
    ),
    evaluations(facts),
  ];
  const root = { ...container(DOCUMENT.imagingMeasurementReport, '1500', children), relation: null };
  return recoded(root, (code) => swapped(template, code));
}

function reportFacts({ result, template, pages }: ReportParts): DocumentFacts {
  const { statements, remarks } = contentOf(result, template);
  return {
    part: '',
    seriesPart: '',
    statements,
    summary: summaryCode(statements, result.skipped),
    impression: impressionLines(result, template),
    comments: [...skippedLines(result.skipped), ...remarks, ...noteLines(statements)],
    seriesNumber: template.sr.seriesNumber,
    seriesDescription: template.sr.seriesDescription[gateOf(result.run)],
    pages,
  };
}

/** The tree of the report itself. */
export const reportTree = (parts: ReportParts): ContentItem => treeOfDocument(parts, reportFacts(parts));

type Reference = { readonly seriesInstanceUid: string; readonly sopClassUid: string; readonly sopInstanceUid: string };

/** Study, series, instance: the form of evidence and predecessor sequences (PS3.3 Table C.17-3). */
function hierarchy(studyInstanceUid: string, references: readonly Reference[]): readonly Dataset[] {
  const series = new Map<string, Dataset[]>();
  for (const one of references) {
    const item = { ReferencedSOPClassUID: one.sopClassUid, ReferencedSOPInstanceUID: one.sopInstanceUid };
    series.set(one.seriesInstanceUid, [...(series.get(one.seriesInstanceUid) ?? []), item]);
  }
  return [
    {
      StudyInstanceUID: studyInstanceUid,
      ReferencedSeriesSequence: [...series].map(([SeriesInstanceUID, ReferencedSOPSequence]) => ({
        SeriesInstanceUID,
        ReferencedSOPSequence,
      })),
    },
  ];
}

/** Completion of the document: PARTIAL when inputs failed that should have been readable. */
function completion(result: AnalysisResult): Dataset {
  const failed = failedInputs(result.skipped);
  if (failed === 0) return { CompletionFlag: 'COMPLETE' };
  return {
    CompletionFlag: 'PARTIAL',
    CompletionFlagDescription: `${failed} of ${result.inputs.length} inputs could not be read`,
  };
}

/** SOP classes by the names that configuration and templates have for them. */
export const REPORT_CLASSES: Readonly<Record<ReportClass, string>> = {
  comprehensive: COMPREHENSIVE_SR,
  'comprehensive-3d': COMPREHENSIVE_3D_SR,
  enhanced: ENHANCED_SR,
  'basic-text': BASIC_TEXT_SR,
};

/** SOP class of the report as it is made. The content is the same in all three: no by-reference relations, no three-dimensional coordinates. */
export const reportClass = (template: OutputTemplate): string => REPORT_CLASSES[template.sr.sopClass];

/** Patient and study attributes are those of `source`. */
function document(parts: ReportParts, facts: DocumentFacts): Dataset {
  const { result, source, template, installation, earlier } = parts;
  const { run } = result;
  const offset = studyOffset(source, parts.offsetMinutes);
  const tree = treeOfDocument(parts, facts);
  const request = referencedRequest(source, result.studyInstanceUid);
  const { pages } = facts;
  const images = pages === null ? [] : [pages, ...(pages.cines ?? [])].map((one) => ({ ...pages, ...one }));
  const evidence: readonly Reference[] = [...result.inputs, ...images];
  const predecessor = earlier.length === 0 ? {} : { PredecessorDocumentsSequence: hierarchy(result.studyInstanceUid, earlier) };
  const schemes = codesIn(tree).map((code) => code.scheme);
  return {
    ...sourceHeader(source, result.studyInstanceUid),
    SOPClassUID: reportClass(template),
    SOPInstanceUID: outputUid(result, 'sr', facts.part),
    InstanceCreationDate: dicomDate(run.finishedAt, offset),
    InstanceCreationTime: dicomTime(run.finishedAt, offset),
    ...equipment(installation),
    ContributingEquipmentSequence: contributingEquipment(run, installation, offset),
    CodingSchemeIdentificationSequence: codingSchemeIdentification(schemes, schemesOf(template)),
    Modality: 'SR',
    SeriesInstanceUID: outputSeriesUid(result, 'sr', facts.seriesPart),
    SeriesNumber: String(facts.seriesNumber),
    SeriesDescription: facts.seriesDescription,
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: String(result.revision),
    PreliminaryFlag: 'PRELIMINARY',
    ...completion(result),
    VerificationFlag: 'UNVERIFIED',
    ContentDate: dicomDate(run.startedAt, offset),
    ContentTime: dicomTime(run.startedAt, offset),
    PerformedProcedureCodeSequence: writableCodes(source, 'ProcedureCodeSequence').map(codeItem),
    AuthorObserverSequence: [
      {
        ObserverType: 'DEV',
        StationName: installation.stationName,
        DeviceUID: installation.deviceUid,
        Manufacturer: installation.manufacturer,
        ManufacturerModelName: installation.modelName,
        InstitutionName: installation.institutionName || null,
        InstitutionCodeSequence: [],
      },
    ],
    ...(request === null ? {} : { ReferencedRequestSequence: request }),
    ...predecessor,
    ...(evidence.length === 0 ? {} : { CurrentRequestedProcedureEvidenceSequence: hierarchy(result.studyInstanceUid, evidence) }),
    ...contentAttributes(tree),
  };
}

/** The whole data set of the report, ready for `part10`. */
export const structuredReport = (parts: ReportParts): Dataset => document(parts, reportFacts(parts));

/** The report of a study that the model could not be run on: the same series, a document of its own, so that the report may follow it. */
export const notAnalysedReport = (parts: ReportParts): Dataset => document(parts, { ...reportFacts(parts), part: NOT_ANALYSED });

/** The document of outputs that are known not to be reliable, in a series of its own; null when there are none to be told. */
export function notReliableReport(parts: ReportParts): Dataset | null {
  const { result, template } = parts;
  const { notReliable } = template.sr;
  const statements = notReliableOf(result, template);
  if (notReliable === null || statements.length === 0) return null;
  return document(parts, {
    part: NOT_RELIABLE,
    seriesPart: NOT_RELIABLE,
    statements,
    summary: null,
    impression: [
      noticeText(result.run, template),
      `NOT RELIABLE. ${notReliable.remark}`,
      ...statements.map(({ sentence }) => sentence),
      authorSentence(result.run),
    ],
    comments: [],
    seriesNumber: notReliable.seriesNumber,
    seriesDescription: notReliable.seriesDescription,
    pages: null,
  });
}
