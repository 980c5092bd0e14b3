// The words of the console: what a job, a delivery or a study has come to. In: states of the ledger. Out: a word, and how it stands. Pure.
import type { ArtifactKind, DeliveryState } from '../contracts/delivery.ts';
import type { JobState } from '../contracts/job.ts';
import type { Study } from '../contracts/study.ts';
import type { DeliveryCount, ListedJob } from '../store/study-list.ts';

/**
 * How something stands, for its colour and for programs. `person`: it waits for a person. `delayed`: it goes wrong and is tried again. `notice`:
 * it came to nothing, for a reason that one should know. `quiet`: nothing to tell.
 */
export type Standing = 'fine' | 'under-way' | 'delayed' | 'person' | 'notice' | 'taken-back' | 'quiet';

export type Words = { readonly word: string; readonly standing: Standing };

const JOB_WORDS: Readonly<Record<JobState, Words>> = {
  queued: { word: 'queued', standing: 'under-way' },
  running: { word: 'running', standing: 'under-way' },
  done: { word: 'analysed', standing: 'under-way' },
  rendered: { word: 'reported', standing: 'fine' },
  parked: { word: 'parked', standing: 'person' },
  skipped: { word: 'not run', standing: 'notice' },
  retracting: { word: 'being taken back', standing: 'taken-back' },
  retracted: { word: 'taken back', standing: 'taken-back' },
};

/** What a model has come to. A model that no route means for the study is none of its business. */
export function jobWords(job: Pick<ListedJob, 'state' | 'reason' | 'attempts' | 'isReported'>): Words {
  if (job.state === 'skipped' && job.reason === 'no-rule-matches') return { word: 'not meant', standing: 'quiet' };
  if (job.state === 'queued' && job.attempts > 0) return { word: 'queued again', standing: 'delayed' };
  if (job.state === 'rendered' && !job.isReported) return { word: 'nothing to report', standing: 'fine' };
  return JOB_WORDS[job.state];
}

const DELIVERY_WORDS: Readonly<Record<DeliveryState, Words>> = {
  queued: { word: 'queued', standing: 'under-way' },
  sending: { word: 'being sent', standing: 'under-way' },
  sent: { word: 'sent', standing: 'fine' },
  parked: { word: 'parked', standing: 'person' },
  refused: { word: 'refused', standing: 'person' },
  withdrawn: { word: 'withdrawn', standing: 'quiet' },
};

/** `code` is that of the last outcome, empty where there is none. */
export function deliveryWords(delivery: {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly code: string;
}): Words {
  const { state, attempts, code } = delivery;
  if (state === 'withdrawn' && code === 'context-refused') return { word: 'not taken, replaced', standing: 'notice' };
  if (state === 'queued' && attempts > 0 && code !== '') return { word: 'delayed', standing: 'delayed' };
  return DELIVERY_WORDS[state];
}

const KINDS: Readonly<Record<ArtifactKind, string>> = {
  sr: 'report',
  capture: 'attention pages',
  oru: 'HL7 message',
  fhir: 'FHIR resources',
  rejection: 'rejection note',
  'key-images': 'key images',
};

export const kindWords = (kind: ArtifactKind): string => KINDS[kind];

/** What a study has come to: the first that holds, so that what waits for a person is never hidden. */
export function studyWords(
  study: Pick<Study, 'state'>,
  jobs: readonly Pick<ListedJob, 'state' | 'reason' | 'attempts' | 'isReported'>[],
  deliveries: readonly DeliveryCount[],
): Words {
  const has = (...states: readonly DeliveryState[]): boolean => deliveries.some(({ state }) => states.includes(state));
  const standings = jobs.map((job) => jobWords(job).standing);
  if (standings.includes('person') || has('parked', 'refused')) return { word: 'waits for a person', standing: 'person' };
  if (study.state === 'open') return { word: 'still arriving', standing: 'under-way' };
  if (standings.includes('delayed')) return { word: 'analysis delayed', standing: 'delayed' };
  if (standings.includes('under-way')) return { word: 'being analysed', standing: 'under-way' };
  if (deliveries.some(({ state, isRepeated }) => state === 'queued' && isRepeated))
    return { word: 'delivery delayed', standing: 'delayed' };
  if (has('queued', 'sending')) return { word: 'being delivered', standing: 'under-way' };
  if (standings.includes('taken-back')) return { word: 'taken back', standing: 'taken-back' };
  if (standings.includes('fine')) return { word: 'done', standing: 'fine' };
  if (standings.includes('notice')) return { word: 'not analysed', standing: 'notice' };
  return { word: 'kept, no model meant', standing: 'quiet' };
}

/** `2026-11-22 09:30:12` at so many minutes east of UTC. */
export const timeText = (at: number, minutesEast: number): string =>
  new Date(at + minutesEast * 60_000).toISOString().slice(0, 19).replace('T', ' ');

/** `+01:00` */
export function zoneText(minutesEast: number): string {
  const size = Math.abs(minutesEast);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const STEPS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `4 s`, `12 min`, `3 h`, `9 d`: whole units, cut off. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [size, unit] = STEPS.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** `3.4 MB` in units of 10^6, as disks are sold. */
export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `1 image`, `3 images`. */
export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

const PLAIN_ARGUMENT = /^[0-9][0-9.]*$/u;

/** The command that takes up what waits of a study, for a shell. A UID came from a peer: anything that is none is quoted. */
export const retryCommand = (studyInstanceUid: string): string =>
  `sonorelay retry --study ${PLAIN_ARGUMENT.test(studyInstanceUid) ? studyInstanceUid : `'${studyInstanceUid.replaceAll("'", "'\\''")}'`}`;
