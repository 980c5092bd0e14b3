// The frame of every page, and the small parts that pages share. In: a title and a body. Out: a whole HTML document. Pure.
// Works without scripts; every picture and style comes from this server, as the Content Security Policy demands.
import type { Study } from '../contracts/study.ts';
import { html, type Markup, type Part } from './markup.ts';
import { durationText, type Standing, timeText, type Words, zoneText } from './words.ts';

/** What every page knows. `waiting` counts what waits for a person, up to MOST_WAITING_SHOWN and one more. */
export type View = {
  readonly now: number;
  readonly minutesEast: (at: number) => number;
  readonly user: string;
  readonly waiting: number;
  readonly aeTitle: string;
  readonly version: string;
};

export const MOST_WAITING_SHOWN = 99;
const REFRESH_SECONDS = 30;

type Page = {
  readonly title: string;
  /** Which entry of the navigation it belongs to. */
  readonly place: string;
  readonly body: Markup;
  /** Address of this page with and without reading itself anew; null where that is of no use. */
  readonly refresh?: { readonly isOn: boolean; readonly on: string; readonly off: string } | null;
};

const PLACES: readonly (readonly [string, string])[] = [
  ['/', 'Studies'],
  ['/waiting', 'Waiting'],
  ['/destinations', 'Destinations'],
];

const numberWaiting = (waiting: number): string =>
  waiting > MOST_WAITING_SHOWN ? `more than ${MOST_WAITING_SHOWN}` : String(waiting);

const entry = (address: string, name: string, page: Page, view: View): Markup => {
  const number =
    address === '/waiting' && view.waiting > 0
      ? html` <span class="number">${numberWaiting(view.waiting)}<span class="unseen"> for a person</span></span>`
      : null;
  const here = page.place === address ? html` aria-current="page"` : null;
  return html`<li><a href="${address}"${here}>${name}${number}</a></li>`;
};

const refreshLink = (refresh: Page['refresh']): Markup | null =>
  refresh === undefined || refresh === null
    ? null
    : refresh.isOn
      ? html`This page reads itself anew every ${REFRESH_SECONDS} seconds. <a href="${refresh.off}">Stop that</a>`
      : html`<a href="${refresh.on}">Read this page anew every ${REFRESH_SECONDS} seconds</a>`;

/** A whole document. */
export const documentOf = (page: Page, view: View): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${page.refresh?.isOn === true ? html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">` : null}
<title>${page.title} - Sonorelay ${view.aeTitle}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/console.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="name">Sonorelay <span class="ae">${view.aeTitle}</span></p>
<nav aria-label="Pages"><ul>${PLACES.map(([address, name]) => entry(address, name, page, view))}</ul></nav>
<p class="who">signed in as ${view.user}</p>
</header>
<main id="content">
${page.body}
</main>
<footer>
<p>${timeText(view.now, view.minutesEast(view.now))}, times are at UTC${zoneText(view.minutesEast(view.now))}. Sonorelay ${view.version}. Nothing can be changed here: the command line does that. ${refreshLink(page.refresh)}</p>
</footer>
</body>
</html>
`.markup;

/** A time that programs can read too. */
export const time = (at: number, view: View): Markup =>
  html`<time datetime="${new Date(at).toISOString()}">${timeText(at, view.minutesEast(at))}</time>`;

export const timeOrNone = (at: number | null, view: View): Markup =>
  at === null ? html`<span class="none">-</span>` : time(at, view);

/** `3 min ago` beside the time itself. */
export const ago = (at: number, view: View): Markup =>
  html`${time(at, view)} <span class="ago">${durationText(view.now - at)} ago</span>`;

const MARKS: Readonly<Record<Standing, string>> = {
  fine: '\u2713',
  'under-way': '\u2026',
  delayed: '\u21bb',
  person: '!',
  notice: '\u2013',
  'taken-back': '\u21a9',
  quiet: '\u00b7',
};

/** A word with a mark and a colour: no meaning rests on the colour alone. */
export const badge = ({ word, standing }: Words): Markup =>
  html`<span class="badge ${standing}"><span aria-hidden="true">${MARKS[standing]} </span>${word}</span>`;

/** A table that scrolls by itself where it is too wide, reachable by keyboard. */
export const table = (caption: string, heads: readonly string[], rows: readonly Markup[]): Markup =>
  html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;

export const cells = (...parts: readonly Part[]): Markup => html`${parts.map((part) => html`<td>${part}</td>`)}`;

/** What people call a study: its accession number, else its UID. */
export const studyName = ({ accessionNumber, studyInstanceUid }: Pick<Study, 'accessionNumber' | 'studyInstanceUid'>): string =>
  accessionNumber === '' ? studyInstanceUid : accessionNumber;

/** A page that says that there is nothing here. */
export const problemPage = (title: string, sentence: string, view: View): string =>
  documentOf({ title, place: '', body: html`<h1>${title}</h1><p>${sentence}</p><p><a href="/">To the studies</a></p>` }, view);
