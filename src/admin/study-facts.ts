// What the console tells of one study. In: the ledger's details and what objects and results say. Out: plain facts: the JSON of the API, and what the page shows. Pure.
import type { CapturePages, SpokenResult } from '../contracts/console.ts';
import type { Artifact } from '../contracts/delivery.ts';
import type { Study } from '../contracts/study.ts';
import type { DeliveryOverview, JobOverview } from '../store/overview.ts';
import type { StudyDetails } from '../store/study-details.ts';
import { adviceFor } from './advice.ts';
import { formWords } from './forms.ts';
import { deliveryWords, jobWords, kindWords, retryCommand, type Standing, studyWords } from './words.ts';

/** A model over a revision, run or not. Times in epoch ms. */
export type JobFacts = {
  readonly jobKey: number;
  readonly revision: number;
  readonly modelId: string;
  readonly modelVersion: string;
  readonly rule: string;
  readonly word: string;
  readonly standing: Standing;
  /** Why it was not run, parked, or taken back; empty else. */
  readonly reason: string;
  readonly detail: string;
  readonly advice: string;
  readonly images: number;
  readonly attempts: number;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly renderedAt: number | null;
  readonly timings: JobOverview['timings'];
};

export type DeliveryFacts = {
  readonly deliveryKey: number;
  readonly jobKey: number;
  readonly modelId: string;
  readonly revision: number;
  readonly destination: string;
  readonly what: string;
  /** In which form it goes, and what the destination refused before. */
  readonly form: string;
  /** Whether it takes back what was sent before. */
  readonly takesBack: boolean;
  readonly word: string;
  readonly standing: Standing;
  readonly attempts: number;
  readonly queuedAt: number;
  readonly triedAt: number | null;
  readonly sentAt: number | null;
  /** When it is tried next; null when it is not. */
  readonly nextAt: number | null;
  /** What the last attempt came to, unless it was taken. */
  readonly lastError: { readonly code: string; readonly words: string; readonly advice: string } | null;
  readonly sopInstanceUid: string;
  readonly controlId: string;
};

export type ImageFacts = {
  readonly instanceNumber: number | null;
  readonly sopClass: string;
  readonly modality: string;
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  readonly revision: number;
  readonly receivedAt: number;
};

/** A result in words; `problem` says why it cannot be read, else empty. */
export type ResultFacts = {
  readonly jobKey: number;
  readonly modelId: string;
  readonly modelVersion: string;
  readonly revision: number;
  /** Why a person took it back; empty when nobody did. */
  readonly takenBack: string;
  readonly spoken: SpokenResult | null;
  readonly problem: string;
};

/** One object of attention pages; `pictures` are addresses on this server. */
export type CaptureFacts = {
  readonly jobKey: number;
  readonly modelId: string;
  readonly artifactKey: number;
  readonly isCine: boolean;
  readonly pictures: readonly { readonly address: string; readonly label: string }[];
  readonly problem: string;
};

export type StudyFacts = {
  readonly study: Study;
  readonly word: string;
  readonly standing: Standing;
  /** As the source wrote it, without a zone; empty when it is not known. */
  readonly studyDateTime: string;
  /** The command that takes up what waits for a person; empty when nothing does. */
  readonly retry: string;
  readonly jobs: readonly JobFacts[];
  readonly results: readonly ResultFacts[];
  readonly captures: readonly CaptureFacts[];
  readonly deliveries: readonly DeliveryFacts[];
  /** The first images; `study.instanceCount` says how many there are. */
  readonly images: readonly ImageFacts[];
  /** Latest first. */
  readonly history: StudyDetails['history'];
};

/** What is known beside the ledger: results by job, captures by artifact, the date of the study. A text in place of a value says why it cannot be read. */
export type Known = {
  readonly results: ReadonlyMap<number, SpokenResult | string>;
  readonly captures: ReadonlyMap<number, CapturePages | string>;
  readonly studyDateTime: string;
  readonly sopClassName: (uid: string) => string;
};

const isTakenBack = ({ state }: JobOverview): boolean => state === 'retracting' || state === 'retracted';

/** Whether something was written of a job: objects, or messages. */
const isReported = (job: JobOverview, details: StudyDetails): boolean =>
  details.artifacts.some(({ jobKey }) => jobKey === job.jobKey);

function jobFacts(job: JobOverview, details: StudyDetails): JobFacts {
  const { word, standing } = jobWords({ ...job, isReported: isReported(job, details) });
  const { jobKey, revision, modelId, modelVersion, rule, reason, detail, attempts } = job;
  const { queuedAt, startedAt, finishedAt, renderedAt, timings } = job;
  return {
    ...{ jobKey, revision, modelId, modelVersion, rule, word, standing, reason, detail },
    advice: job.state === 'parked' ? adviceFor(reason, 'job') : '',
    images: details.records.find((record) => record.jobKey === jobKey)?.instanceKeys.length ?? 0,
    ...{ attempts, queuedAt, startedAt, finishedAt, renderedAt, timings },
  };
}

/** Rejection notes, and the messages that came after those of the report: a job renders all of a report at once. */
const takesBack = (delivery: DeliveryOverview, job: JobOverview | undefined): boolean =>
  delivery.kind === 'rejection' ||
  (job !== undefined &&
    isTakenBack(job) &&
    (delivery.kind === 'oru' || delivery.kind === 'fhir') &&
    job.renderedAt !== null &&
    delivery.queuedAt > job.renderedAt);

function deliveryFacts(delivery: DeliveryOverview, details: StudyDetails, known: Known): DeliveryFacts {
  const job = details.jobs.find(({ jobKey }) => jobKey === delivery.jobKey);
  const outcome = delivery.lastOutcome;
  const code = outcome?.code ?? '';
  const { word, standing } = deliveryWords({ ...delivery, code });
  const { deliveryKey, jobKey, destination, attempts, queuedAt, triedAt, sentAt, sopInstanceUid, controlId } = delivery;
  return {
    ...{ deliveryKey, jobKey, modelId: job?.modelId ?? '', revision: job?.revision ?? 0, destination },
    what: kindWords(delivery.kind),
    form: formWords(delivery, { deliveries: details.deliveries, classOf: classOf(details.artifacts), name: known.sopClassName }),
    takesBack: takesBack(delivery, job),
    ...{ word, standing, attempts, queuedAt, triedAt, sentAt },
    nextAt: delivery.state === 'queued' ? delivery.dueAt : null,
    lastError:
      outcome === null || outcome.kind === 'accepted' || delivery.state === 'sent'
        ? null
        : {
            code,
            words: outcome.words,
            advice: standing === 'person' || standing === 'delayed' ? adviceFor(code, 'delivery') : '',
          },
    ...{ sopInstanceUid, controlId },
  };
}

/** The SOP class of a delivery, by where its file lies: the overview names the file alone. */
const classOf =
  (artifacts: readonly Artifact[]) =>
  ({ spoolPath }: DeliveryOverview): string =>
    artifacts.find((artifact) => artifact.spoolPath === spoolPath)?.sopClassUid ?? '';

function resultFacts(job: JobOverview, known: Known): ResultFacts | null {
  const result = known.results.get(job.jobKey);
  if (result === undefined) return null;
  const { jobKey, modelId, modelVersion, revision } = job;
  const facts = { jobKey, modelId, modelVersion, revision, takenBack: isTakenBack(job) ? job.reason : '' };
  return typeof result === 'string' ? { ...facts, spoken: null, problem: result } : { ...facts, spoken: result, problem: '' };
}

function captureFacts(artifact: Artifact, details: StudyDetails, known: Known): CaptureFacts | null {
  const capture = known.captures.get(artifact.artifactKey);
  if (capture === undefined) return null;
  const { artifactKey, jobKey, studyKey } = artifact;
  const modelId = details.jobs.find((job) => job.jobKey === jobKey)?.modelId ?? '';
  if (typeof capture === 'string') return { jobKey, modelId, artifactKey, isCine: false, pictures: [], problem: capture };
  const { pages, labels, isCine } = capture;
  const pictures = Array.from({ length: pages }, (_, index) => ({
    address: `/studies/${studyKey}/pages/${artifactKey}/${index + 1}.png`,
    label: labels[index] ?? '',
  }));
  return { jobKey, modelId, artifactKey, isCine, pictures, problem: '' };
}

const isThere = <T>(value: T | null): value is T => value !== null;

/** All that the console tells of a study. */
export function studyFacts(details: StudyDetails, known: Known): StudyFacts {
  const { study, jobs, deliveries } = details;
  const present = jobs.filter(({ revision }) => revision === study.revision);
  const states = deliveries.map(({ state, attempts }) => ({ state, isRepeated: attempts > 1, number: 1 }));
  const { word, standing } = studyWords(
    study,
    present.map((job) => ({ ...job, isReported: isReported(job, details) })),
    states,
  );
  return {
    study,
    ...{ word, standing, studyDateTime: known.studyDateTime },
    retry: standing === 'person' ? retryCommand(study.studyInstanceUid) : '',
    jobs: jobs.map((job) => jobFacts(job, details)),
    results: jobs.map((job) => resultFacts(job, known)).filter(isThere),
    captures: details.artifacts.map((artifact) => captureFacts(artifact, details, known)).filter(isThere),
    deliveries: deliveries.map((delivery) => deliveryFacts(delivery, details, known)),
    images: details.instances.map((image) => ({
      instanceNumber: image.instanceNumber,
      sopClass: known.sopClassName(image.sopClassUid),
      modality: image.modality,
      frames: image.numberOfFrames,
      rows: image.rows,
      columns: image.columns,
      bytes: image.byteLength,
      revision: image.revision,
      receivedAt: image.receivedAt,
    })),
    history: details.history,
  };
}
