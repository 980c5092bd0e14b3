// The list of studies. In: a page of it. Out: facts for programs, HTML for people. Pure.
import type { DeliveryState } from '../contracts/delivery.ts';
import type { Study } from '../contracts/study.ts';
import type { ListedStudy, PageEnd, StudyList } from '../store/study-list.ts';
import { ago, badge, documentOf, table, type View } from './layout.ts';
import { html, type Markup } from './markup.ts';
import { count, jobWords, type Standing, studyWords } from './words.ts';

/** A study in a line. */
export type StudyRow = {
  readonly study: Study;
  readonly word: string;
  readonly standing: Standing;
  readonly models: readonly {
    readonly modelId: string;
    readonly modelVersion: string;
    readonly word: string;
    readonly standing: Standing;
  }[];
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
};

/** `next` is the parameter `after` of the next page; empty on the last. */
export type StudiesFacts = { readonly studies: readonly StudyRow[]; readonly next: string };

export const PAGE_SIZE = 50;

/** A place in the list as a text for an address. */
const pageEndText = (end: PageEnd | null): string => (end === null ? '' : `${end.lastInstanceAt}-${end.studyKey}`);

/** The place that an address names; null when it names none. */
export function readPageEnd(text: string): PageEnd | null {
  const match = /^(\d{1,15})-(\d{1,15})$/u.exec(text);
  return match === null ? null : { lastInstanceAt: Number(match[1]), studyKey: Number(match[2]) };
}

function rowOf({ study, jobs, deliveries }: ListedStudy): StudyRow {
  const sums: Partial<Record<DeliveryState, number>> = {};
  for (const { state, number } of deliveries) sums[state] = (sums[state] ?? 0) + number;
  return {
    study,
    ...studyWords(study, jobs, deliveries),
    models: jobs.map((job) => ({ modelId: job.modelId, modelVersion: job.modelVersion, ...jobWords(job) })),
    deliveries: sums,
  };
}

export const studiesFacts = (list: StudyList): StudiesFacts => ({
  studies: list.studies.map(rowOf),
  next: pageEndText(list.next),
});

const DELIVERY_ORDER: readonly (readonly [DeliveryState, string, Standing])[] = [
  ['refused', 'refused', 'person'],
  ['parked', 'parked', 'person'],
  ['queued', 'waiting', 'under-way'],
  ['sending', 'being sent', 'under-way'],
  ['sent', 'sent', 'fine'],
];

const deliveriesOf = ({ deliveries }: StudyRow): readonly Markup[] =>
  DELIVERY_ORDER.flatMap(([state, word, standing]) => {
    const number = deliveries[state] ?? 0;
    return number === 0 ? [] : [html`${badge({ word: `${number} ${word}`, standing })} `];
  });

const modelsOf = ({ models }: StudyRow): readonly Markup[] =>
  models
    .toSorted((one, other) => Number(one.standing === 'quiet') - Number(other.standing === 'quiet'))
    .map(({ modelId, word, standing }) => html`<li>${modelId} ${badge({ word, standing })}</li>`);

const line = (row: StudyRow, view: View): Markup => {
  const { study } = row;
  const name = study.accessionNumber === '' ? '(no accession number)' : study.accessionNumber;
  return html`<tr class="${row.standing}">
<th scope="row"><a href="/studies/${study.studyKey}">${name}</a><span class="uid">${study.studyInstanceUid}</span></th>
<td>${badge(row)}</td>
<td>${ago(study.lastInstanceAt, view)}</td>
<td>${count(study.instanceCount, 'object')} from ${study.callingAeTitle}${study.revision > 1 ? html`, revision ${study.revision}` : null}</td>
<td><ul class="models">${modelsOf(row)}</ul></td>
<td>${deliveriesOf(row)}</td>
</tr>`;
};

const HEADS = ['Accession number', 'State', 'Last object', 'Received', 'Models', 'Deliveries'];

export type StudiesQuery = { readonly search: string; readonly isLater: boolean; readonly isRefreshing: boolean };

/** The list as a page. */
export function studiesPage(facts: StudiesFacts, query: StudiesQuery, view: View): string {
  const { search, isLater, isRefreshing } = query;
  const isFirst = search === '' && !isLater;
  const title = search === '' ? 'Studies' : `Studies: ${search}`;
  const nothing = search === '' ? 'No study has come yet.' : 'No study has this accession number or Study Instance UID.';
  const body = html`<h1>Studies</h1>
<form action="/" method="get" role="search">
<label for="q">Accession number or Study Instance UID, whole</label>
<input id="q" name="q" type="search" maxlength="64" value="${search}" autocomplete="off" spellcheck="false"><button>Search</button>${search === '' ? null : html` <a href="/">All studies</a>`}
</form>
${
  facts.studies.length === 0
    ? html`<p class="empty">${nothing}</p>`
    : table(
        search === '' ? 'Studies, the newest first' : `Studies that match ${search}`,
        HEADS,
        facts.studies.map((row) => line(row, view)),
      )
}
<p class="pages">${isLater ? html`<a href="/">Newest</a> ` : null}${facts.next === '' ? null : html`<a href="/?after=${facts.next}" rel="next">Older studies</a>`}</p>`;
  const refresh = isFirst ? { isOn: isRefreshing, on: '/?refresh=on', off: '/' } : null;
  return documentOf({ title, place: '/', body, refresh }, view);
}
