// A Structured Report as a page that people can read. In: a content tree. Out: one self-contained HTML text, every value escaped. Pure.
import type { Code } from '../contracts/model.ts';
import { DOCUMENT, OBSERVER } from '../dicom/codes.ts';
import type { ContentItem, ContentValue } from './sr-tree.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/gu, (character) => ESCAPES[character] ?? '');

const same = (one: Code | null, other: Code): boolean => one !== null && one.value === other.value && one.scheme === other.scheme;

/** The code itself stays at hand as a tooltip. */
const codeHtml = (code: Code): string =>
  `<span title="${escaped(`(${code.value}, ${code.scheme})`)}">${escaped(code.meaning)}</span>`;

const paragraphs = (text: string): string =>
  text
    .split(/\r\n|\r|\n/u)
    .map((line) => escaped(line))
    .join('<br>');

const frames = (list: readonly number[]): string =>
  list.length === 0 ? '' : `, frame${list.length > 1 ? 's' : ''} ${list.join(', ')}`;

function valueHtml(value: ContentValue): string {
  switch (value.type) {
    case 'CONTAINER':
      return '';
    case 'CODE':
      return codeHtml(value.code);
    case 'TEXT':
      return paragraphs(value.text);
    case 'UIDREF':
      return `<code>${escaped(value.uid)}</code>`;
    case 'NUM':
      return `<strong>${escaped(value.number)}</strong> ${value.unit.value === '1' ? '' : escaped(value.unit.value)}`;
    case 'IMAGE':
      return `image <code>${escaped(value.sopInstanceUid)}</code>${escaped(frames(value.frames))}`;
    case 'SCOORD':
      return escaped(value.points.map(([column, row]) => `${column}/${row}`).join(' '));
  }
}

const labelled = (item: ContentItem): string => {
  const inner = item.children.filter((child) => child.value.type !== 'IMAGE' || child.relation !== 'SELECTED FROM');
  const modifiers =
    inner.length === 0
      ? ''
      : ` <small>(${inner.map((child) => `${child.concept === null ? '' : `${escaped(child.concept.meaning)}: `}${valueHtml(child.value)}`).join('; ')})</small>`;
  return `<tr><th>${item.concept === null ? 'Image' : codeHtml(item.concept)}</th><td>${valueHtml(item.value)}${modifiers}</td></tr>`;
};

const table = (rows: readonly ContentItem[]): string =>
  rows.length === 0 ? '' : `<table>${rows.map(labelled).join('')}</table>`;

function containerHtml(item: ContentItem, depth: number): string {
  const level = Math.min(6, depth);
  const values = item.children.filter((child) => child.value.type !== 'CONTAINER');
  const containers = item.children.filter((child) => child.value.type === 'CONTAINER');
  const tracking = values.find((child) => same(child.concept, DOCUMENT.trackingIdentifier));
  const title =
    tracking?.value.type === 'TEXT' ? escaped(tracking.value.text) : item.concept === null ? '' : escaped(item.concept.meaning);
  const body = `${table(values)}${containers.map((child) => containerHtml(child, depth + 1)).join('')}`;
  return `<section><h${level}>${title}</h${level}>${body}</section>`;
}

// What a reader needs first: the evaluations with the notice; then the measurements; the library and the device at the end.
const RANK: readonly Code[] = [DOCUMENT.qualitativeEvaluations, DOCUMENT.imagingMeasurements, DOCUMENT.imageLibrary];

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2530;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #ccd4dc}h3{font-size:1.05rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #e5eaef;overflow-wrap:anywhere}
th{width:34%;font-weight:600}code{font-size:.85em}
@media (prefers-color-scheme:dark){body{color:#c8d0d8;background:#10151b}th,td{border-color:#2b3540}h2{border-color:#2b3540}}`;

/** The report as an HTML page. Only what the tree holds is shown: no patient header, no links, no scripts. */
export function srHtml(tree: ContentItem): string {
  const rank = (item: ContentItem): number => {
    const found = RANK.findIndex((code) => same(item.concept, code));
    return found < 0 ? RANK.length : found;
  };
  const containers = tree.children
    .filter((child) => child.value.type === 'CONTAINER')
    .sort((one, other) => rank(one) - rank(other));
  const facts = tree.children.filter((child) => child.value.type !== 'CONTAINER' && !same(child.concept, OBSERVER.observerType));
  const title = tree.concept === null ? 'Report' : tree.concept.meaning;
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>` +
    `<h1>${escaped(title)}</h1>${containers.map((child) => containerHtml(child, 2)).join('')}` +
    `<section><h2>Made by</h2>${table(facts)}</section></body></html>\n`
  );
}
