// The console's addresses. In: a request of a person who signed in. Out: a page, the same as JSON, or a picture. Reads the ledger; changes nothing.
// What an address names is looked up by its number in the ledger: no part of it ever becomes a path.
import type { CapturePages, ConsoleReply, ConsoleRequest, SpokenResult } from '../contracts/console.ts';
import type { Artifact } from '../contracts/delivery.ts';
import type { Job } from '../contracts/job.ts';
import type { Clock } from '../kernel/clock.ts';
import { errorText, isFault } from '../kernel/errors.ts';
import type { Database } from '../store/database.ts';
import { artifactInStudy, type StudyDetails, studyDetails } from '../store/study-details.ts';
import { studyList } from '../store/study-list.ts';
import { destinationStandings, numberForAPerson, waitingForAPerson } from '../store/waiting.ts';
import { ICON } from './icon.ts';
import { MOST_WAITING_SHOWN, problemPage, type View } from './layout.ts';
import { type ConfiguredDestination, destinationsFacts, destinationsPage } from './page-destinations.ts';
import { PAGE_SIZE, readPageEnd, studiesFacts, studiesPage } from './page-studies.ts';
import { studyPage } from './page-study.ts';
import { waitingFacts, waitingPage } from './page-waiting.ts';
import { type StudyFacts, studyFacts } from './study-facts.ts';

export type AnswerParts = {
  /** Opened for reading alone. */
  readonly db: Database;
  readonly clock: Clock;
  readonly minutesEast: (at: number) => number;
  readonly aeTitle: string;
  readonly version: string;
  readonly stylesheet: string;
  readonly destinations: readonly ConfiguredDestination[];
  readonly sopClassName: (uid: string) => string;
  /** What the result of a job says; null when it has none. */
  readonly spoken: (job: Job) => Promise<SpokenResult | null>;
  readonly capturePages: (spoolPath: string) => Promise<CapturePages>;
  /** PNG of a page from 1; null when there is none. */
  readonly pagePicture: (spoolPath: string, page: number) => Promise<Uint8Array | null>;
  readonly studyDateTime: (spoolPath: string) => Promise<string>;
};

const MOST_INSTANCES = 200;
const MOST_HISTORY = 500;
const MOST_WAITING = 100;
const MOST_CAPTURES = 12;
const LONGEST_SEARCH = 64;
const DAY_MS = 86_400_000;

/** A reply without what was looked at. */
type Content = Pick<ConsoleReply, 'status' | 'type' | 'body'>;

const page = (body: string, status: ConsoleReply['status'] = 200): Content => ({ status, type: 'text/html', body });
const json = (value: unknown, status: ConsoleReply['status'] = 200): Content => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});

/** Why something cannot be read, in words of ours: never a path, never a value of the source. */
const problemOf = (error: unknown): string => {
  if (isFault(error)) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ENOENT' ? 'the file is gone from the spool' : code === '' ? errorText(error).slice(0, 200) : code;
};

async function orProblem<T>(read: Promise<T>): Promise<T | string> {
  try {
    return await read;
  } catch (error) {
    return problemOf(error);
  }
}

/** Of each model and route the latest job that has a result. */
function jobsWithResults({ records }: StudyDetails): readonly Job[] {
  const latest = new Map<string, Job>();
  for (const job of records) {
    const key = `${job.modelId} ${job.rule}`;
    if (job.resultPath !== null && (latest.get(key)?.revision ?? 0) <= job.revision) latest.set(key, job);
  }
  return [...latest.values()];
}

/** Pages of several frames go before single images of the same pages. */
function capturesOf(
  jobs: readonly Job[],
  { artifacts }: StudyDetails,
  sopClassName: AnswerParts['sopClassName'],
): readonly Artifact[] {
  const isSeveral = ({ sopClassUid }: Artifact): boolean => sopClassName(sopClassUid).startsWith('Multi-frame');
  return jobs.flatMap(({ jobKey }) => {
    const captures = artifacts.filter((one) => one.jobKey === jobKey && one.kind === 'capture');
    const several = captures.filter(isSeveral);
    return several.length > 0 ? several : captures;
  });
}

async function factsOf(details: StudyDetails, parts: AnswerParts): Promise<StudyFacts> {
  const jobs = jobsWithResults(details);
  const results = new Map<number, SpokenResult | string>();
  for (const job of jobs) {
    const spoken = await orProblem(parts.spoken(job));
    if (spoken !== null) results.set(job.jobKey, spoken);
  }
  const captures = new Map<number, CapturePages | string>();
  for (const artifact of capturesOf(jobs, details, parts.sopClassName).slice(0, MOST_CAPTURES))
    captures.set(artifact.artifactKey, await orProblem(parts.capturePages(artifact.spoolPath)));
  const [first] = details.instances;
  const studyDateTime = first === undefined ? '' : await orProblem(parts.studyDateTime(first.spoolPath));
  return studyFacts(details, { results, captures, studyDateTime, sopClassName: parts.sopClassName });
}

type Asked = { readonly request: ConsoleRequest; readonly isApi: boolean; readonly parts: AnswerParts };

async function viewOf({ request, parts }: Asked): Promise<View> {
  const { clock, minutesEast, aeTitle, version, db } = parts;
  const waiting = await numberForAPerson(db, MOST_WAITING_SHOWN + 1);
  return { now: clock(), minutesEast, user: request.user, waiting, aeTitle, version };
}

async function missing(asked: Asked, sentence: string): Promise<Content> {
  return asked.isApi ? json({ problem: sentence }, 404) : page(problemPage('Not found', sentence, await viewOf(asked)), 404);
}

async function studies(asked: Asked): Promise<Content> {
  const { request, parts } = asked;
  const search = (request.query['q'] ?? '').trim().slice(0, LONGEST_SEARCH);
  const after = readPageEnd(request.query['after'] ?? '');
  const facts = studiesFacts(await studyList(parts.db, { search, after, most: PAGE_SIZE }));
  if (asked.isApi) return json(facts);
  const isRefreshing = isOn(request) && search === '' && after === null;
  const query = { search, isLater: after !== null, isRefreshing };
  return page(studiesPage(facts, query, await viewOf(asked)));
}

const isOn = ({ query }: ConsoleRequest): boolean => query['refresh'] === 'on';

async function study(asked: Asked, studyKey: number): Promise<Content> {
  const { parts } = asked;
  const details = await studyDetails(parts.db, studyKey, { instances: MOST_INSTANCES, history: MOST_HISTORY });
  if (details === null) return missing(asked, 'There is no study with this number.');
  const facts = await factsOf(details, parts);
  return asked.isApi ? json(facts) : page(studyPage(facts, await viewOf(asked)));
}

async function picture(asked: Asked, keys: { readonly studyKey: number; readonly artifactKey: number; readonly page: number }) {
  const artifact = await artifactInStudy(asked.parts.db, keys);
  const bytes = artifact?.kind === 'capture' ? await asked.parts.pagePicture(artifact.spoolPath, keys.page) : null;
  if (bytes === null) return missing(asked, 'There is no such attention page.');
  return { status: 200, type: 'image/png', body: bytes } as const;
}

async function destinations(asked: Asked): Promise<Content> {
  const { request, parts } = asked;
  const now = parts.clock();
  const names = parts.destinations.map(({ name }) => name);
  const since = { sentSince: now - DAY_MS, notTakenSince: now - 7 * DAY_MS };
  const standings = await destinationStandings(parts.db, names, since);
  const facts = destinationsFacts(standings, parts.destinations, parts.sopClassName);
  return asked.isApi ? json({ destinations: facts }) : page(destinationsPage(facts, isOn(request), await viewOf(asked)));
}

async function waiting(asked: Asked): Promise<Content> {
  const { request, parts } = asked;
  const facts = waitingFacts(await waitingForAPerson(parts.db, MOST_WAITING), MOST_WAITING, parts.sopClassName);
  return asked.isApi ? json(facts) : page(waitingPage(facts, isOn(request), await viewOf(asked)));
}

type Address = {
  readonly pattern: RegExp;
  readonly page: string;
  /** Numbers that the address names, in their order. */
  readonly reply: (asked: Asked, numbers: readonly number[]) => Promise<Content>;
};

/** Addresses below `/` and, all but the picture, below `/api`. */
const ADDRESSES: readonly Address[] = [
  { pattern: /^(?:\/|\/studies)$/u, page: 'studies', reply: (asked) => studies(asked) },
  { pattern: /^\/studies\/(\d{1,15})$/u, page: 'study', reply: (asked, [key = 0]) => study(asked, key) },
  {
    pattern: /^\/studies\/(\d{1,15})\/pages\/(\d{1,15})\/(\d{1,4})\.png$/u,
    page: 'picture',
    reply: (asked, [studyKey = 0, artifactKey = 0, number = 0]) => picture(asked, { studyKey, artifactKey, page: number }),
  },
  { pattern: /^\/destinations$/u, page: 'destinations', reply: (asked) => destinations(asked) },
  { pattern: /^\/waiting$/u, page: 'waiting', reply: (asked) => waiting(asked) },
];

/** Answers requests. Rejects when the ledger cannot be read. */
export function consoleAnswers(parts: AnswerParts): (request: ConsoleRequest) => Promise<ConsoleReply> {
  return async (request) => {
    if (request.path === '/console.css') return { status: 200, type: 'text/css', body: parts.stylesheet, view: null };
    if (request.path === '/icon.svg') return { status: 200, type: 'image/svg+xml', body: ICON, view: null };
    const isApi = request.path.startsWith('/api/');
    const path = isApi ? request.path.slice('/api'.length) : request.path;
    const asked: Asked = { request, isApi, parts };
    for (const address of ADDRESSES) {
      const match = address.pattern.exec(path);
      if (match === null) continue;
      const numbers = match.slice(1).map(Number);
      const content = await address.reply(asked, numbers);
      const isStudy = address.page === 'study' || address.page === 'picture';
      return {
        ...content,
        view: { page: isApi ? `api ${address.page}` : address.page, study: isStudy ? (numbers[0] ?? null) : null },
      };
    }
    return { ...(await missing(asked, 'There is no such page.')), view: null };
  };
}
