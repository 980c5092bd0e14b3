// Attention objects as Multi-frame True Color Secondary Captures. In: a result, the source header, what is shown. Out: a data set without pixels. Pure.
import type { AnalysisResult } from '../contracts/finding.ts';
import { codeItem, type Dataset, text, texts } from '../dicom/dataset.ts';
import { MULTI_FRAME_TRUE_COLOR_SC } from '../dicom/sop-classes.ts';
import { PAGE, type Page } from './capture-layout.ts';
import { type CaptureSource, DERIVATIONS, sidesOf, sourcesOf } from './capture-sources.ts';
import { contributingEquipment, equipment, type Installation, outputSeriesUid, outputUid } from './provenance.ts';
import { bodyPartOf, referencedRequest, sourceHeader, studyOffset } from './source-header.ts';
import { contentOf } from './statements.ts';
import type { OutputTemplate } from './templates.ts';
import { dicomDate, dicomTime } from './times.ts';
import { impressionLines } from './wording.ts';
import { gateOf } from './words.ts';

/** CID 7202: what the referenced images were for. */
const SOURCE_IMAGE = { value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' };

/** ImageLaterality (0020,0062) of pages that may show both sides; none for organs that are not paired, as long as the body part says so. */
function laterality(result: AnalysisResult, ofTheRegion: boolean): Dataset {
  const sides = sidesOf(result);
  if (sides === null && ofTheRegion) return {};
  const found = new Set((sides ?? []).filter((side) => side !== 'unknown'));
  if (found.size === 2) return { ImageLaterality: 'B' };
  return { ImageLaterality: found.has('left') ? 'L' : found.has('right') ? 'R' : 'U' };
}

/** Common Instance Reference (PS3.3 C.12.2) of instances of the same study. */
function referencedSeries(sources: readonly CaptureSource[]): readonly Dataset[] {
  const series = new Map<string, Dataset[]>();
  for (const one of sources) {
    const item = { ReferencedSOPClassUID: one.sopClassUid, ReferencedSOPInstanceUID: one.sopInstanceUid };
    series.set(one.seriesInstanceUid, [...(series.get(one.seriesInstanceUid) ?? []), item]);
  }
  return [...series].map(([SeriesInstanceUID, ReferencedInstanceSequence]) => ({
    SeriesInstanceUID,
    ReferencedInstanceSequence,
  }));
}

/** Once lossy, always lossy (PS3.3 C.7.6.1.1.5), also when the pages themselves are stored uncompressed. */
function lossyFlags(result: AnalysisResult, source: Dataset): Dataset {
  if (!result.inputs.some((input) => input.lossy)) return {};
  const ratios = texts(source, 'LossyImageCompressionRatio');
  const methods = texts(source, 'LossyImageCompressionMethod');
  return {
    LossyImageCompression: '01',
    ...(ratios.length > 0 ? { LossyImageCompressionRatio: ratios } : {}),
    ...(methods.length > 0 ? { LossyImageCompressionMethod: methods } : {}),
  };
}

/** What an attention object is made from, whatever it shows. */
export type CaptureFacts = {
  readonly result: AnalysisResult;
  readonly source: Dataset;
  readonly template: OutputTemplate;
  readonly installation: Installation;
  readonly offsetMinutes: number;
};

export type CaptureParts = CaptureFacts & { readonly pages: readonly Page[] };

/** What tells one attention object of a result from another. */
type Shown = {
  readonly sopInstanceUid: string;
  readonly instanceNumber: number;
  readonly sources: readonly CaptureSource[];
  readonly comment: string;
  readonly size: { readonly width: number; readonly height: number };
  /** NumberOfFrames and what orders or times the frames. */
  readonly frames: Dataset;
};

/** SOP class, instance and series of the pages of a result. */
export const captureReference = (
  result: AnalysisResult,
): { readonly sopClassUid: string; readonly sopInstanceUid: string; readonly seriesInstanceUid: string } => ({
  sopClassUid: MULTI_FRAME_TRUE_COLOR_SC,
  sopInstanceUid: outputUid(result, 'capture'),
  seriesInstanceUid: outputSeriesUid(result, 'capture'),
});

/** The data set of frames, RGB; `part10` adds them. */
export function captureAttributes(parts: CaptureFacts, shown: Shown): Dataset {
  const { result, source, template, installation } = parts;
  const { sources, size } = shown;
  const { run } = result;
  const offset = studyOffset(source, parts.offsetMinutes);
  const request = referencedRequest(source, result.studyInstanceUid)?.[0];
  const reference = captureReference(result);
  const { ofTheRegion } = contentOf(result, template);
  const derivation = DERIVATIONS[result.family];
  const bodyPart = ofTheRegion ? template.capture.bodyPartExamined : bodyPartOf(source);
  return {
    ...sourceHeader(source, result.studyInstanceUid),
    SOPClassUID: reference.sopClassUid,
    SOPInstanceUID: shown.sopInstanceUid,
    ImageType: ['DERIVED', 'SECONDARY'],
    InstanceCreationDate: dicomDate(run.finishedAt, offset),
    InstanceCreationTime: dicomTime(run.finishedAt, offset),
    ContentDate: dicomDate(run.startedAt, offset),
    ContentTime: dicomTime(run.startedAt, offset),
    Modality: 'US',
    ConversionType: 'WSD',
    ...equipment(installation),
    SecondaryCaptureDeviceManufacturer: installation.manufacturer,
    SecondaryCaptureDeviceManufacturerModelName: installation.modelName,
    SecondaryCaptureDeviceSoftwareVersions: installation.softwareVersion,
    ContributingEquipmentSequence: contributingEquipment(run, installation, offset),
    SeriesInstanceUID: reference.seriesInstanceUid,
    SeriesNumber: String(template.capture.seriesNumber),
    SeriesDescription: template.capture.seriesDescription[gateOf(run)],
    InstanceNumber: String(shown.instanceNumber),
    ...(request === undefined || text(request, 'RequestedProcedureID') === ''
      ? {}
      : {
          RequestAttributesSequence: [
            { RequestedProcedureID: text(request, 'RequestedProcedureID'), AccessionNumber: request['AccessionNumber'] ?? null },
          ],
        }),
    ...(bodyPart === '' ? {} : { BodyPartExamined: bodyPart }),
    ...laterality(result, ofTheRegion),
    PatientOrientation: null,
    ImageComments: shown.comment.slice(0, 10_240),
    DerivationDescription: `${derivation.words(`${run.modelName} ${run.modelVersion}`)} ${run.notice}`.slice(0, 1024),
    DerivationCodeSequence: [codeItem(derivation.code)],
    SourceImageSequence: sources.map(({ sopClassUid, sopInstanceUid, frames }) => ({
      ReferencedSOPClassUID: sopClassUid,
      ReferencedSOPInstanceUID: sopInstanceUid,
      ...(frames.length === 0 ? {} : { ReferencedFrameNumber: frames }),
      PurposeOfReferenceCodeSequence: [codeItem(SOURCE_IMAGE)],
    })),
    ReferencedSeriesSequence: referencedSeries(sources),
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    ...shown.frames,
    Rows: size.height,
    Columns: size.width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'YES',
    RecognizableVisualFeatures: 'NO',
    ...lossyFlags(result, source),
  };
}

/** The data set of the pages: one frame a page, PAGE.width x PAGE.height. */
export function secondaryCapture({ pages, ...parts }: CaptureParts): Dataset {
  const { result, template } = parts;
  return captureAttributes(parts, {
    sopInstanceUid: captureReference(result).sopInstanceUid,
    instanceNumber: result.revision,
    sources: sourcesOf(result),
    comment: impressionLines(result, template).join('\r\n'),
    size: PAGE,
    frames: {
      NumberOfFrames: String(pages.length),
      // Required for several frames, and then with the vector it points to; not part of the IOD for one (PS3.3 C.8.6.3).
      ...(pages.length > 1 ? { FrameIncrementPointer: '00182002', FrameLabelVector: pages.map(({ label }) => label) } : {}),
    },
  });
}
