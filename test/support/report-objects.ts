// The objects and the message of a result as files, made as the render step makes them, for tests that read them back with other programs.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Hl7Destination } from '../../src/contracts/delivery.ts';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntaxes.ts';
import { captureReference, secondaryCapture } from '../../src/report/capture.ts';
import { captureFrames } from '../../src/report/capture-frames.ts';
import { pagesOf } from '../../src/report/capture-page.ts';
import { observationReport, type RenderedMessage } from '../../src/report/oru.ts';
import { type EarlierReport, type ReportParts, structuredReport } from '../../src/report/sr.ts';
import { type OutputTemplate, openTemplate } from '../../src/report/templates.ts';
import { INSTALLATION, readFixture, SOURCE_HEADER } from './report-fixture.ts';

/** The project's template of every family that reports. */
export const TEMPLATES = {
  'vascular-sec': await openTemplate({ id: 'vascular-sec', family: 'vascular-sec' }),
  'vascular-dvt': await openTemplate({ id: 'vascular-dvt', family: 'vascular-dvt' }),
  'lung-score': await openTemplate({ id: 'lung-score', family: 'lung-score' }),
  'echo-cmr': await openTemplate({ id: 'echo-cmr', family: 'echo-cmr' }),
} as const;

export const TEMPLATE: OutputTemplate = TEMPLATES['vascular-sec'];

const templateOf = ({ family }: AnalysisResult): OutputTemplate => (family === 'echo-view' ? TEMPLATE : TEMPLATES[family]);

export const DESTINATION: Hl7Destination = {
  name: 'ehr',
  kind: 'hl7',
  host: '127.0.0.1',
  port: 1,
  tls: null,
  receivingApplication: 'RIS',
  receivingFacility: 'HOSP',
  sendingApplication: 'SONORELAY',
  sendingFacility: 'RADAI',
  version: '2.5.1',
  processingId: 'P',
  characterSet: 'UNICODE UTF-8',
  connectTimeoutMs: 1000,
  acknowledgementTimeoutMs: 1000,
  retry: { firstDelayMs: 1, longestDelayMs: 1, mostAttempts: 1 },
};

type Given = { readonly source?: Dataset; readonly earlier?: EarlierReport; readonly template?: OutputTemplate };

/** What the report is made from, times in UTC. */
export function reportParts(result: AnalysisResult, given: Given = {}): ReportParts {
  const pages = pagesOf(result);
  return {
    result,
    source: given.source ?? SOURCE_HEADER,
    template: given.template ?? templateOf(result),
    installation: INSTALLATION,
    offsetMinutes: 0,
    pages: {
      ...captureReference(result),
      framesOf: (key) => pages.flatMap((page, index) => (page.key === key ? [index + 1] : [])),
    },
    earlier: given.earlier === undefined ? [] : [given.earlier],
  };
}

export const messageOf = (
  result: AnalysisResult,
  given: Given & {
    readonly destination?: Partial<Hl7Destination>;
    readonly earlierMessage?: string;
    readonly earlierMessages?: readonly string[];
  } = {},
): RenderedMessage => {
  const { earlier: _report, ...parts } = reportParts(result, given);
  return observationReport({
    ...parts,
    destination: { ...DESTINATION, ...given.destination },
    earlier: given.earlierMessages ?? (given.earlierMessage === undefined ? [] : [given.earlierMessage]),
  });
};

export const captureOf = (result: AnalysisResult, given: Given = {}): Dataset =>
  secondaryCapture({ ...reportParts(result, given), pages: pagesOf(result) });

const framesOf = new WeakMap<AnalysisResult, Promise<readonly Uint8Array[]>>();

/** The pages of a result, rendered once a test file. */
function framesFor(result: AnalysisResult): Promise<readonly Uint8Array[]> {
  const made =
    framesOf.get(result) ??
    Array.fromAsync(
      captureFrames(pagesOf(result), { result, template: templateOf(result), names: new Map(), read: readFixture }),
    );
  framesOf.set(result, made);
  return made;
}

/** Writes `<name>-sr.dcm`, `<name>-capture.dcm` and `<name>.hl7` into a folder. */
export async function writeObjects(
  folder: string,
  name: string,
  given: Given & { readonly result: AnalysisResult },
): Promise<{ readonly sr: string; readonly capture: string; readonly oru: string }> {
  const { result } = given;
  const files = {
    sr: path.join(folder, `${name}-sr.dcm`),
    capture: path.join(folder, `${name}-capture.dcm`),
    oru: path.join(folder, `${name}.hl7`),
  };
  const write = (attributes: Dataset, frames?: readonly Uint8Array[]): Uint8Array =>
    part10({ attributes, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN, ...(frames === undefined ? {} : { frames }) });
  const frames = await framesFor(result);
  await writeFile(files.sr, write(structuredReport(reportParts(result, given))));
  await writeFile(files.capture, write(captureOf(result, given), frames));
  await writeFile(files.oru, messageOf(result, given).message);
  return files;
}
