// The Structured Report of one result: Comprehensive SR, root template TID 1500. In: a result, the source header, the installation. Out: a data set. Pure.
import type { ResultOf } from '../contracts/finding.ts';
import type { Code } from '../contracts/model.ts';
import { ANATOMY, codingSchemeIdentification, DOCUMENT, IMAGE, OBSERVER, PROCEDURE, PROCESSING, UNIT } from '../dicom/codes.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import { COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR } from '../dicom/sop-classes.ts';
import { contributingEquipment, equipment, type Installation, outputSeriesUid, outputUid } from './provenance.ts';
import { orderOf, referencedRequest, sourceHeader, studyOffset, writableCodes } from './source-header.ts';
import { type AttentionPages, measurementGroups } from './sr-groups.ts';
import { type ContentItem, codeOf, codesIn, container, contentAttributes, imageOf, numberOf, textOf, uidOf } from './sr-tree.ts';
import type { OutputTemplate } from './templates.ts';
import { dicomDate, dicomTime } from './times.ts';
import { failedInputs, gateOf, impressionLines, isOfTheModelsRegion, isStated, noteLines, skippedLines } from './wording.ts';

/** An earlier report that this one supersedes. */
export type EarlierReport = { readonly sopClassUid: string; readonly sopInstanceUid: string; readonly seriesInstanceUid: string };

export type ReportParts = {
  readonly result: ResultOf<'vascular-sec'>;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  /** Zone in which times are written when the source names none, in minutes east of UTC. */
  readonly offsetMinutes: number;
  readonly pages: AttentionPages & { readonly seriesInstanceUid: string };
  readonly earlier: EarlierReport | null;
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
 * The imaging procedure that was analysed: the study's own code, else the order's, else the template's; a study without any section of the
 * model's region is just an imaging procedure, whatever the model was made for.
 */
export function procedureOf(source: Dataset, template: OutputTemplate, result: ResultOf<'vascular-sec'>): Code {
  const ofTheStudy = writableCodes(source, 'ProcedureCodeSequence')[0] ?? orderOf(source).requestedProcedureCode;
  return ofTheStudy ?? (isOfTheModelsRegion(result) ? template.procedure : PROCEDURE.imagingProcedure);
}

/** TID 1600 with one group, because viewers read the first group only. Every input is listed, also those that were skipped. */
function imageLibrary(result: ResultOf<'vascular-sec'>): ContentItem {
  const frameCounts = new Map(
    result.sections.flatMap((section) =>
      section.keyframes.map((keyframe) => [keyframe.sopInstanceUid, keyframe.numberOfFrames] as const),
    ),
  );
  const images = result.inputs.map((input) => {
    const frameCount = frameCounts.get(input.sopInstanceUid);
    const children =
      frameCount === undefined
        ? []
        : [numberOf('HAS ACQ CONTEXT', IMAGE.numberOfFrames, { number: String(frameCount), unit: UNIT.none })];
    return imageOf('CONTAINS', null, {
      sopClassUid: input.sopClassUid,
      sopInstanceUid: input.sopInstanceUid,
      frames: [],
      children,
    });
  });
  return container(DOCUMENT.imageLibrary, '1600', [
    container(DOCUMENT.imageLibraryGroup, null, [
      codeOf('HAS ACQ CONTEXT', IMAGE.modality, IMAGE.ultrasound),
      ...(isOfTheModelsRegion(result) ? [codeOf('HAS ACQ CONTEXT', IMAGE.targetRegion, ANATOMY.lowerLimb)] : []),
      ...images,
    ]),
  ]);
}

/** CID 6047. Unsuitable inputs are no failure of the algorithm; a section without a statement is. */
export function summaryCode(result: ResultOf<'vascular-sec'>): Code {
  const determined = result.sections.filter(isStated);
  if (determined.length === 0) return PROCESSING.noneSucceeded;
  const found = determined.some((section) => section.sec === 'present');
  const all = determined.length === result.sections.length && failedInputs(result.skipped) === 0;
  if (all) return found ? PROCESSING.allSucceededWithFindings : PROCESSING.allSucceededWithoutFindings;
  return found ? PROCESSING.notAllSucceededWithFindings : PROCESSING.notAllSucceededWithoutFindings;
}

function evaluations({ result, template }: ReportParts): ContentItem {
  const comments = [...skippedLines(result.skipped), ...noteLines(result.sections)];
  return container(DOCUMENT.qualitativeEvaluations, null, [
    codeOf('CONTAINS', PROCESSING.summary, summaryCode(result)),
    textOf('CONTAINS', DOCUMENT.impression, impressionLines(result, template).join('\r\n')),
    ...(comments.length === 0 ? [] : [textOf('CONTAINS', DOCUMENT.comment, comments.join('\r\n'))]),
  ]);
}

/** The content tree, TID 1500. */
export function reportTree(parts: ReportParts): ContentItem {
  const { result, template, installation } = parts;
  const children = [
    codeOf('HAS CONCEPT MOD', DOCUMENT.language, DOCUMENT.englishUnitedStates),
    ...observerItems(installation),
    codeOf('HAS CONCEPT MOD', DOCUMENT.procedureReported, procedureOf(parts.source, template, parts.result)),
    imageLibrary(result),
    container(DOCUMENT.imagingMeasurements, null, measurementGroups({ result, template, installation, pages: parts.pages })),
    evaluations(parts),
  ];
  return { ...container(DOCUMENT.imagingMeasurementReport, '1500', children), relation: null };
}

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
function completion(result: ResultOf<'vascular-sec'>): Dataset {
  const failed = failedInputs(result.skipped);
  if (failed === 0) return { CompletionFlag: 'COMPLETE' };
  return {
    CompletionFlag: 'PARTIAL',
    CompletionFlagDescription: `${failed} of ${result.inputs.length} inputs could not be read`,
  };
}

/** SOP class of the report: Comprehensive SR, or Comprehensive 3D SR where a site follows IHE AI Results. */
export const reportClass = (template: OutputTemplate): string =>
  template.sr.comprehensive3d ? COMPREHENSIVE_3D_SR : COMPREHENSIVE_SR;

/** The whole data set of the report, ready for `part10`. Patient and study attributes are those of `source`. */
export function structuredReport(parts: ReportParts): Dataset {
  const { result, source, template, installation, pages, earlier } = parts;
  const { run } = result;
  const offset = studyOffset(source, parts.offsetMinutes);
  const tree = reportTree(parts);
  const request = referencedRequest(source, result.studyInstanceUid);
  const evidence: readonly Reference[] = [...result.inputs, pages];
  const predecessor = earlier === null ? {} : { PredecessorDocumentsSequence: hierarchy(result.studyInstanceUid, [earlier]) };
  const identification = codingSchemeIdentification(codesIn(tree).map((code) => code.scheme));
  return {
    ...sourceHeader(source, result.studyInstanceUid),
    SOPClassUID: reportClass(template),
    SOPInstanceUID: outputUid(result, 'sr'),
    InstanceCreationDate: dicomDate(run.finishedAt, offset),
    InstanceCreationTime: dicomTime(run.finishedAt, offset),
    ...equipment(installation),
    ContributingEquipmentSequence: contributingEquipment(run, installation, offset),
    CodingSchemeIdentificationSequence: identification,
    Modality: 'SR',
    SeriesInstanceUID: outputSeriesUid(result, 'sr'),
    SeriesNumber: String(template.sr.seriesNumber),
    SeriesDescription: template.sr.seriesDescription[gateOf(run)],
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
    CurrentRequestedProcedureEvidenceSequence: hierarchy(result.studyInstanceUid, evidence),
    ...contentAttributes(tree),
  };
}
