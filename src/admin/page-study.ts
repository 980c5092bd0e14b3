// One study, from what was received to what every destination got. In: its facts. Out: HTML for people. Pure.
import type { SpokenFinding } from '../contracts/console.ts';
import { ago, badge, cells, documentOf, studyName, table, time, timeOrNone, type View } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { CaptureFacts, DeliveryFacts, ImageFacts, JobFacts, ResultFacts, StudyFacts } from './study-facts.ts';
import { bytesText, count, durationText } from './words.ts';

const notes = ({ notes: texts }: SpokenFinding): Markup | null =>
  texts.length === 0 ? null : html`<ul class="notes">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;

const finding = (one: SpokenFinding, isResearch: boolean): Markup =>
  html`<li class="${one.positive ? 'positive' : one.stated ? 'negative' : 'open'}"><span class="sentence">${one.sentence}</span>${isResearch ? html` <span class="tag">research</span>` : null}${notes(one)}</li>`;

const kept = (findings: readonly SpokenFinding[]): Markup | null =>
  findings.length === 0
    ? null
    : html`<details><summary>${count(findings.length, 'value')} computed and kept: research, never sent</summary>
<ul class="findings kept">${findings.map((one) => html`<li><span class="sentence">${one.sentence}</span> <span class="tag">research, never sent</span></li>`)}</ul></details>`;

const TAKEN_BACK: Readonly<Record<string, string>> = { quality: 'for quality', safety: 'for patient safety' };

function result(one: ResultFacts, facts: StudyFacts): Markup {
  const { spoken, takenBack } = one;
  const title = html`<h3>${one.modelId} ${one.modelVersion}${one.revision === facts.study.revision ? null : html`, of revision ${one.revision}`}</h3>`;
  if (spoken === null) return html`<section>${title}<p class="problem">The result cannot be read: ${one.problem}</p></section>`;
  const sent = spoken.findings.filter(({ isSent }) => isSent);
  return html`<section class="result${takenBack === '' ? '' : ' withdrawn'}">${title}
${takenBack === '' ? null : html`<p class="problem">Taken back ${TAKEN_BACK[takenBack] ?? takenBack}: nothing of this stands any more.</p>`}
<p class="notice">${spoken.notice}</p>
${sent.length === 0 ? null : html`<ul class="findings">${sent.map((each) => finding(each, spoken.isResearch))}</ul>`}
${spoken.nothing === '' ? null : html`<p>${spoken.nothing}</p>`}
${spoken.remarks.map((remark) => html`<p class="remark">${remark}</p>`)}
${kept(spoken.findings.filter(({ isSent }) => !isSent))}
</section>`;
}

const pageName = (one: CaptureFacts, index: number): string =>
  one.isCine ? `${one.modelId}: cine, first frame` : `${one.modelId}: page ${index + 1} of ${one.pictures.length}`;

const pictures = (one: CaptureFacts): readonly Markup[] =>
  one.pictures.map(({ address, label }, index) => {
    const words = `${pageName(one, index)}${label === '' ? '' : `, ${label}`}`;
    return html`<figure><a href="${address}"><img src="${address}" alt="Attention page, ${words}" width="1280" height="960" loading="lazy" decoding="async"></a><figcaption>${words}</figcaption></figure>`;
  });

const capturesSection = ({ captures }: StudyFacts): Markup | null =>
  captures.length === 0
    ? null
    : html`<section aria-labelledby="pages"><h2 id="pages">Attention pages</h2>
${captures.map((one) => (one.problem === '' ? null : html`<p class="problem">Pages of ${one.modelId} cannot be read: ${one.problem}</p>`))}
<div class="figures">${captures.flatMap(pictures)}</div></section>`;

function took(job: JobFacts): string {
  const end = job.renderedAt ?? job.finishedAt;
  return end === null || job.startedAt === null ? '' : durationText(end - job.startedAt);
}

const why = (job: JobFacts): Markup =>
  html`${job.reason === '' ? null : html`<code>${job.reason}</code> `}${job.detail}${job.advice === '' ? null : html`<p class="advice">${job.advice}</p>`}`;

const jobRow = (job: JobFacts, view: View): Markup =>
  html`<tr class="${job.standing}"><th scope="row">${job.modelId} ${job.modelVersion}</th>${cells(
    badge(job),
    why(job),
    job.rule,
    job.images === 0 ? '' : String(job.images),
    job.attempts === 0 ? '' : String(job.attempts),
    time(job.queuedAt, view),
    took(job),
  )}</tr>`;

const JOB_HEADS = ['Model', 'Came to', 'Why', 'Route', 'Images', 'Attempts', 'Planned', 'Took'];

function plan(facts: StudyFacts, view: View): Markup {
  const { revision } = facts.study;
  const now = facts.jobs.filter((job) => job.revision === revision);
  const before = facts.jobs.filter((job) => job.revision !== revision);
  const tableOf = (caption: string, jobs: readonly JobFacts[]): Markup =>
    table(
      caption,
      JOB_HEADS,
      jobs.map((job) => jobRow(job, view)),
    );
  return html`<section aria-labelledby="plan"><h2 id="plan">Plan</h2>
${now.length === 0 ? html`<p>Not planned yet: objects are still arriving.</p>` : tableOf(`Models of revision ${revision}, run or not`, now)}
${before.length === 0 ? null : html`<details><summary>${count(before.length, 'job')} of earlier revisions</summary>${tableOf('Models of earlier revisions', before)}</details>`}
</section>`;
}

const lastError = ({ lastError: error }: DeliveryFacts): Markup | null =>
  error === null
    ? null
    : html`<code>${error.code}</code> ${error.words}${error.advice === '' ? null : html`<p class="advice">${error.advice}</p>`}`;

function when(delivery: DeliveryFacts, view: View): Markup {
  if (delivery.sentAt !== null) return html`sent ${time(delivery.sentAt, view)}`;
  if (delivery.nextAt !== null && delivery.attempts > 0)
    return html`next attempt ${delivery.nextAt <= view.now ? 'is due' : html`in ${durationText(delivery.nextAt - view.now)}`}`;
  return timeOrNone(delivery.triedAt, view);
}

const deliveryRow = (delivery: DeliveryFacts, view: View): Markup =>
  html`<tr class="${delivery.standing}"><th scope="row">${delivery.destination}</th>${cells(
    html`${delivery.takesBack ? 'taking back: ' : null}${delivery.what}<span class="ago">${delivery.modelId}${delivery.revision > 1 ? html`, revision ${delivery.revision}` : null}</span>`,
    delivery.form,
    badge(delivery),
    when(delivery, view),
    String(delivery.attempts),
    lastError(delivery),
  )}</tr>`;

const DELIVERY_HEADS = ['Destination', 'What', 'Form', 'State', 'When', 'Attempts', 'Last error, and what to do'];

function deliveriesSection(facts: StudyFacts, view: View): Markup {
  const back = facts.deliveries.filter(({ takesBack }) => takesBack);
  const results = facts.deliveries.filter(({ takesBack }) => !takesBack);
  // By destination, in the order in which these come first; in that order within each.
  const names = [...new Set(facts.deliveries.map(({ destination }) => destination))];
  const rows = (deliveries: readonly DeliveryFacts[]): readonly Markup[] =>
    names.flatMap((name) => deliveries.filter(({ destination }) => destination === name).map((one) => deliveryRow(one, view)));
  return html`<section aria-labelledby="deliveries"><h2 id="deliveries">Deliveries</h2>
${results.length === 0 ? html`<p>Nothing is to be delivered.</p>` : table('What was handed on, and to whom', DELIVERY_HEADS, rows(results))}
${back.length === 0 ? null : html`<h3 id="back">Taken back</h3>${table('Rejection notes and withdrawn messages', DELIVERY_HEADS, rows(back))}`}
</section>`;
}

const imageRow = (image: ImageFacts, view: View): Markup =>
  html`<tr><th scope="row">${image.instanceNumber ?? '-'}</th>${cells(
    image.sopClass,
    image.modality,
    String(image.frames),
    `${image.columns} x ${image.rows}`,
    bytesText(image.bytes),
    time(image.receivedAt, view),
    String(image.revision),
  )}</tr>`;

const IMAGE_HEADS = ['Image', 'Class', 'Modality', 'Frames', 'Size', 'Bytes', 'Received', 'Revision'];

function imagesSection({ images, study }: StudyFacts, view: View): Markup {
  const left = study.instanceCount - images.length;
  const rows = images.map((image) => imageRow(image, view));
  return html`<section aria-labelledby="images"><h2 id="images">Objects received</h2>
<details><summary>${count(study.instanceCount, 'object')} from ${study.callingAeTitle}</summary>
${table('Objects in the order they came', IMAGE_HEADS, rows)}
${left > 0 ? html`<p>and ${left} more.</p>` : null}</details></section>`;
}

const historySection = ({ history }: StudyFacts, view: View): Markup =>
  html`<section aria-labelledby="history"><h2 id="history">History</h2>
<details><summary>What happened, the latest first</summary>
<ol class="history">${history.map(({ at, what, detail }) => html`<li>${time(at, view)} <code>${what}</code> ${detail}</li>`)}</ol></details></section>`;

const fact = (name: string, value: Markup | string): Markup => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const waiting = (facts: StudyFacts): Markup | null =>
  facts.retry === ''
    ? null
    : html`<section class="person" aria-label="Waits for a person"><p><strong>This study waits for a person.</strong> Mend the cause named below, then take it up again:</p>
<pre tabindex="0"><code>${facts.retry}</code></pre></section>`;

/** The study as a page. */
export function studyPage(facts: StudyFacts, view: View): string {
  const { study } = facts;
  const name = studyName(study);
  const body = html`<h1>${study.accessionNumber === '' ? 'Study without accession number' : html`Accession ${study.accessionNumber}`} ${badge(facts)}</h1>
<dl class="facts">
${fact('Study Instance UID', html`<span class="uid">${study.studyInstanceUid}</span>`)}
${fact('Study date and time', facts.studyDateTime === '' ? 'not said' : facts.studyDateTime)}
${fact('Received', html`${count(study.instanceCount, 'object')} from ${study.callingAeTitle}, first ${time(study.firstInstanceAt, view)}, last ${ago(study.lastInstanceAt, view)}`)}
${fact('Revision', html`${study.revision}, ${study.completedAt === null ? 'still arriving' : html`complete ${time(study.completedAt, view)}`}`)}
</dl>
${waiting(facts)}
<section aria-labelledby="findings"><h2 id="findings">Findings</h2>
${facts.results.length === 0 ? html`<p>No result yet.</p>` : facts.results.map((one) => result(one, facts))}
</section>
${capturesSection(facts)}
${plan(facts, view)}
${deliveriesSection(facts, view)}
${imagesSection(facts, view)}
${historySection(facts, view)}`;
  return documentOf({ title: name, place: '/', body }, view);
}
