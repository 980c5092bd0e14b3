// What waits for a person, by study, with the command that takes it up again. In: parked jobs, parked and refused deliveries. Out: facts, HTML. Pure.
import type { Waiting } from '../store/waiting.ts';
import { adviceFor } from './advice.ts';
import { ago, badge, cells, documentOf, studyName, table, type View } from './layout.ts';
import { html, type Markup } from './markup.ts';
import { kindWords, retryCommand } from './words.ts';

/** One thing that waits. `what` is a model or what was to be delivered, `where` the destination, empty for a model. */
export type WaitingItem = {
  readonly what: string;
  readonly where: string;
  readonly word: 'parked' | 'refused';
  readonly since: number;
  readonly attempts: number;
  readonly code: string;
  readonly words: string;
  readonly advice: string;
};

export type WaitingStudy = {
  readonly studyKey: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly retry: string;
  readonly items: readonly WaitingItem[];
};

/** `isAll` false: there is more than was read. */
export type WaitingFacts = { readonly studies: readonly WaitingStudy[]; readonly isAll: boolean };

type Found = Pick<WaitingStudy, 'studyKey' | 'studyInstanceUid' | 'accessionNumber'> & { readonly item: WaitingItem };

const found = ({ jobs, deliveries }: Waiting, sopClassName: (uid: string) => string): readonly Found[] => [
  ...jobs.map(({ job, detail, since }) => ({
    ...job,
    item: {
      what: `${job.modelId} ${job.modelVersion}`,
      where: '',
      word: 'parked' as const,
      since,
      attempts: job.attempts,
      code: job.reason,
      words: detail,
      advice: adviceFor(job.reason, 'job'),
    },
  })),
  ...deliveries.map((delivery) => ({
    ...delivery,
    item: {
      what: delivery.sopClassUid === '' ? kindWords(delivery.kind) : sopClassName(delivery.sopClassUid),
      where: delivery.destination,
      word: delivery.state === 'refused' ? ('refused' as const) : ('parked' as const),
      since: delivery.since,
      attempts: delivery.attempts,
      code: delivery.lastOutcome?.code ?? '',
      words: delivery.lastOutcome?.words ?? '',
      advice: adviceFor(delivery.lastOutcome?.code ?? '', 'delivery'),
    },
  })),
];

/** By study, the latest first; `most` is how many of each were asked for. */
export function waitingFacts(waiting: Waiting, most: number, sopClassName: (uid: string) => string): WaitingFacts {
  const all = found(waiting, sopClassName).toSorted((one, other) => other.item.since - one.item.since);
  const studies = [...new Set(all.map(({ studyKey }) => studyKey))].flatMap((key) => {
    const ofStudy = all.filter(({ studyKey }) => studyKey === key);
    const [first] = ofStudy;
    if (first === undefined) return [];
    const { studyKey, studyInstanceUid, accessionNumber } = first;
    const items = ofStudy.map(({ item }) => item);
    return [{ studyKey, studyInstanceUid, accessionNumber, retry: retryCommand(studyInstanceUid), items }];
  });
  return { studies, isAll: waiting.jobs.length < most && waiting.deliveries.length < most };
}

const row = (item: WaitingItem, view: View): Markup =>
  html`<tr class="person"><th scope="row">${item.what}${item.where === '' ? null : html` to ${item.where}`}</th>${cells(
    badge({ word: item.word, standing: 'person' }),
    ago(item.since, view),
    String(item.attempts),
    html`<code>${item.code}</code> ${item.words}<p class="advice">${item.advice}</p>`,
  )}</tr>`;

const HEADS = ['What', 'State', 'Since', 'Attempts', 'Why, and what to do'];

const section = (study: WaitingStudy, view: View): Markup => {
  const name = studyName(study);
  const rows = study.items.map((item) => row(item, view));
  return html`<section aria-label="${name}"><h2><a href="/studies/${study.studyKey}">${study.accessionNumber === '' ? 'Study without accession number' : html`Accession ${name}`}</a></h2>
${table(`What waits in ${name}`, HEADS, rows)}
<p>When the cause is mended:</p><pre tabindex="0"><code>${study.retry}</code></pre></section>`;
};

/** What waits, as a page. */
export function waitingPage({ studies, isAll }: WaitingFacts, isRefreshing: boolean, view: View): string {
  const body = html`<h1>Waiting for a person</h1>
${
  studies.length === 0
    ? html`<p class="empty">Nothing waits for a person.</p>`
    : html`<p>Parked or refused: the node does not try these again by itself. Mend the cause, then give the command on the machine of the node; add <code>--config FILE</code> where the node runs with a file of its own. <code>sonorelay retry --all</code> takes up everything.</p>
${isAll ? null : html`<p>These are the latest; there is more.</p>`}
${studies.map((study) => section(study, view))}`
}`;
  const refresh = { isOn: isRefreshing, on: '/waiting?refresh=on', off: '/waiting' };
  return documentOf({ title: 'Waiting for a person', place: '/waiting', body, refresh }, view);
}
