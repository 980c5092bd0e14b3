// The step that tells of studies that a model could not be run on, where the site asks for it. In: jobs that were skipped or parked. Out: a short
// report and a message with OBX-11 X each, with the reasons. The job stays as it is: a person may still send it back to be analysed.
import type { Hl7Destination } from '../contracts/delivery.ts';
import type { AnalysisResult, Findings, OutputFacts, RunFacts } from '../contracts/finding.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { ModelFamily, ModelManifest } from '../contracts/model.ts';
import { isAnalysable } from '../dicom/sop-classes.ts';
import { FAULTS, faultRow, isFault } from '../kernel/errors.ts';
import type { Turn } from '../kernel/loop.ts';
import { recordNotice, type UntoldJob, untoldJob } from '../store/not-analysed.ts';
import { instancesByKey, instancesOf } from '../store/studies.ts';
import { earlierReports, NOTICE } from './earlier-report.ts';
import { fhirOutputs } from './fhir-outputs.ts';
import { observationReport } from './oru.ts';
import type { RenderParts } from './render.ts';
import { formsOf } from './report-forms.ts';
import { NOT_ANALYSED, notAnalysedReport, reportClass } from './sr.ts';
import { speaks } from './statements.ts';
import { openTemplate } from './templates.ts';
import { NOT_RUN } from './words.ts';
import { headerOf, messageTo, type Written, writeOutputs } from './written.ts';

/** A model as the notice names it; `statement` is the id of the output that its family speaks of. */
export type NoticeModel = { readonly manifest: ModelManifest; readonly digest: string; readonly statement: string };

export type NoticeParts = RenderParts & {
  readonly models: ReadonlyMap<string, NoticeModel>;
  /** Destinations of the rules that a skipped job names (`leg-veins + lungs`). */
  readonly destinationsOf: (rule: string) => readonly string[];
};

/** Skips that mean that a study was meant for the model. The others are no news: no route names it, or the earlier report stands. */
const SKIPS = ['no-analysable-instance'] as const;
/** What was analysed and could not be written cannot be told either. */
const PARKINGS_NOT_TOLD = ['render-failed', 'config-invalid'] as const;
/** Nothing older is told of: a site that switches the option on does not want the whole ledger. */
const LONGEST_MS = 24 * 3600 * 1000;

const NO_FINDINGS: Readonly<Record<ModelFamily, Findings>> = {
  'vascular-sec': { family: 'vascular-sec', sections: [] },
  'vascular-dvt': { family: 'vascular-dvt', landmarks: [] },
  'lung-score': { family: 'lung-score', cines: [], total: { total: 0, areasScored: 0, areasUnscored: [] } },
  'echo-view': { family: 'echo-view', cines: [] },
  'echo-cmr': { family: 'echo-cmr', views: [], global: null, others: [] },
};

const outputFacts = ({ outputs }: ModelManifest): readonly OutputFacts[] =>
  outputs.map(({ id, concept, threshold, thresholdMethod, reporting }) => ({
    id,
    concept,
    threshold: threshold ?? null,
    thresholdMethod: thresholdMethod ?? '',
    reporting,
  }));

function runOf({ manifest, digest, statement }: NoticeModel, at: number): RunFacts | null {
  const outputs = outputFacts(manifest);
  const spoken = outputs.find(({ id }) => id === statement);
  if (spoken === undefined) return null;
  return {
    modelId: manifest.id,
    modelFamily: manifest.family,
    modelName: manifest.name,
    modelVersion: manifest.version,
    modelManufacturer: manifest.manufacturer,
    modelDigest: digest,
    referenceWeights: manifest.referenceWeights,
    notice: manifest.notice,
    statement: spoken,
    outputs,
    provider: NOT_RUN,
    startedAt: at,
    finishedAt: at,
    decodeMs: 0,
    preprocessMs: 0,
    inferMs: 0,
  };
}

/** What a person reads of a reason: of our own faults their sentence, since the detail of a parked job is for operators. */
const sentenceOf = ({ job, sentence }: UntoldJob): string =>
  job.state === 'parked' && job.reason in FAULTS
    ? (Object.entries(FAULTS).find(([code]) => code === job.reason)?.[1].sentence ?? sentence)
    : sentence;

/** A result without any finding, every instance left out for the reason of the job. Only ultrasound images are referred to as such. */
function emptyResult(untold: UntoldJob, instances: readonly StoredInstance[], model: NoticeModel): AnalysisResult | null {
  const { job, settledAt } = untold;
  const run = runOf(model, settledAt);
  if (run === null) return null;
  const sentence = sentenceOf(untold);
  return {
    schema: 2,
    studyInstanceUid: job.studyInstanceUid,
    revision: job.revision,
    run,
    inputs: instances
      .filter(({ modality, sopClassUid }) => modality === 'US' && isAnalysable(sopClassUid))
      .map(({ sopClassUid, sopInstanceUid, seriesInstanceUid, sha256 }) => ({
        sopClassUid,
        sopInstanceUid,
        seriesInstanceUid,
        sha256,
        lossy: false,
      })),
    skipped: instances.map(({ sopClassUid, sopInstanceUid, seriesInstanceUid }) => ({
      sopClassUid,
      sopInstanceUid,
      seriesInstanceUid,
      reason: job.reason,
      sentence,
    })),
    ...NO_FINDINGS[model.manifest.family],
  };
}

/** The documents of one job; none where its model is not loaded or its reporting is off. */
async function outputsOf(untold: UntoldJob, parts: NoticeParts): Promise<readonly Written[]> {
  const { db, spool, installation } = parts;
  const { job } = untold;
  const model = parts.models.get(job.modelId);
  if (model === undefined || !speaks(model.manifest.family) || model.manifest.mode === 'shadow') return [];
  const instances =
    job.instanceKeys.length > 0 ? await instancesByKey(db, job.instanceKeys) : await instancesOf(db, job.studyKey);
  const first = instances[0];
  const result = emptyResult(untold, instances, model);
  if (first === undefined || result === null || result.run.statement.reporting === 'off') return [];
  const names = job.destinations.length > 0 ? job.destinations : parts.destinationsOf(job.rule);
  const destinations = parts.destinations.filter(({ name }) => names.includes(name));
  const { run } = result;
  const offsetMinutes = (parts.offsetAt ?? ((at) => -new Date(at).getTimezoneOffset()))(run.startedAt);
  const template = await openTemplate({ id: run.modelId, family: run.modelFamily }, parts.templatesFolder);
  const common = { result, source: await headerOf(first, spool), template, installation, offsetMinutes };
  const archives = destinations.filter(({ kind }) => kind === 'dicom').map(({ name }) => name);
  const receivers = destinations.filter((one): one is Hl7Destination => one.kind === 'hl7');
  const earlier = await earlierReports(job, [NOTICE], { db, spool });
  return [
    ...(archives.length === 0
      ? []
      : formsOf(NOTICE, {
          sopClassUid: reportClass(template),
          names: archives,
          destinations,
          make: () => notAnalysedReport({ ...common, pages: null, earlier }),
        })),
    ...receivers.map((destination) => messageTo(destination, observationReport({ ...common, destination, part: NOT_ANALYSED }))),
    ...(await fhirOutputs(job, common, { db, spool, destinations, part: NOT_ANALYSED })),
  ];
}

async function tell(untold: UntoldJob, parts: NoticeParts): Promise<boolean> {
  const { job } = untold;
  const outputs = await outputsOf(untold, parts);
  if (outputs.length === 0) return false;
  const began = parts.clock();
  const artifacts = await writeOutputs(job, outputs, parts.spool);
  const now = parts.clock();
  if (!(await recordNotice(parts.db, job, { artifacts, now }))) return false;
  parts.log('job.rendered', { study: job.studyKey, job: job.jobKey, artifacts: artifacts.length, renderMs: now - began });
  parts.onRendered([...new Set(outputs.flatMap(({ destinations }) => destinations))]);
  return true;
}

/**
 * The turn of the loop. A job that cannot be told of is left alone until the node starts again: the ledger and `sonorelay status` name it in any
 * case, and a notice is not worth parking a second time.
 */
export function tellNotAnalysed(parts: NoticeParts): Turn {
  const leftAlone = new Set<number>();
  return async () => {
    const wanted = { skips: SKIPS, parkings: PARKINGS_NOT_TOLD, except: [...leftAlone] };
    const untold = await untoldJob(parts.db, { ...wanted, since: parts.clock() - LONGEST_MS });
    if (untold === null) return false;
    const { job } = untold;
    try {
      if (!(await tell(untold, parts))) leftAlone.add(job.jobKey);
    } catch (error) {
      if (isFault(error) && faultRow(error.code).disposition === 'transient') throw error;
      leftAlone.add(job.jobKey);
      const code = isFault(error) ? error.code : 'render-failed';
      parts.log('loop.failed', {
        loop: 'not-analysed',
        code,
        detail: isFault(error) ? error.detail : error instanceof Error ? error.name : 'unknown',
      });
    }
    return true;
  };
}
