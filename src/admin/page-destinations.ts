// How each destination stands. In: counts and last outcomes. Out: facts for programs, HTML for people. Pure.
import { type DestinationStanding, type LastOutcome, MOST_COUNTED } from '../store/waiting.ts';
import { adviceFor } from './advice.ts';
import { ago, badge, documentOf, timeOrNone, type View } from './layout.ts';
import { html, type Markup } from './markup.ts';
import { count, durationText, kindWords, type Standing } from './words.ts';

/** A destination as it is configured; `address` without user and token. Null `kind`: the configuration names it no more. */
export type ConfiguredDestination = {
  readonly name: string;
  readonly kind: 'dicom' | 'hl7' | 'fhir' | null;
  readonly address: string;
  readonly isTls: boolean;
};

type Trouble = { readonly code: string; readonly words: string; readonly advice: string };

export type DestinationFacts = ConfiguredDestination & {
  readonly word: string;
  readonly standing: Standing;
  /** Queued or being sent; counts end at MOST_COUNTED. */
  readonly open: number;
  readonly sending: number;
  readonly parked: number;
  readonly refused: number;
  readonly sentInADay: number;
  readonly lastSentAt: number | null;
  readonly oldestOpenAt: number | null;
  /** What is tried again, and when; null when nothing is. */
  readonly trouble: (Trouble & { readonly attempts: number; readonly triedAt: number | null; readonly nextAt: number }) | null;
  /** The last that was refused or parked; null when nothing is. */
  readonly refusal: (Trouble & { readonly at: number; readonly studyKey: number }) | null;
  /** Classes that it did not take in the last week and got in a simpler form. */
  readonly notTaken: readonly {
    readonly what: string;
    readonly sopClass: string;
    readonly number: number;
    readonly lastAt: number;
    readonly words: string;
  }[];
};

const troubleOf = ({ code, words }: LastOutcome): Trouble => ({ code, words, advice: adviceFor(code, 'delivery') });

function stateOf(standing: DestinationStanding): { readonly word: string; readonly standing: Standing } {
  if (standing.trouble !== null) return { word: 'trouble, tried again', standing: 'delayed' };
  if (standing.parked + standing.refused > 0) return { word: 'something waits for a person', standing: 'person' };
  if (standing.open > 0) return { word: 'being delivered', standing: 'under-way' };
  return standing.lastSentAt === null ? { word: 'nothing sent yet', standing: 'quiet' } : { word: 'fine', standing: 'fine' };
}

/** Facts of every destination; `sopClassName` gives the standard's name of a SOP class. */
export function destinationsFacts(
  standings: readonly DestinationStanding[],
  configured: readonly ConfiguredDestination[],
  sopClassName: (uid: string) => string,
): readonly DestinationFacts[] {
  return standings.map((standing) => {
    const { name, trouble, refusal } = standing;
    const known = configured.find((one) => one.name === name) ?? { name, kind: null, address: '', isTls: false };
    const { open, sending, parked, refused, sent, lastSentAt, oldestOpenAt } = standing;
    return {
      ...known,
      ...stateOf(standing),
      ...{ open, sending, parked, refused, sentInADay: sent, lastSentAt, oldestOpenAt },
      trouble:
        trouble === null
          ? null
          : {
              ...troubleOf(trouble.outcome),
              attempts: trouble.attempts,
              triedAt: trouble.triedAt,
              nextAt: trouble.nextAt,
            },
      refusal: refusal === null ? null : { ...troubleOf(refusal.outcome), at: refusal.at, studyKey: refusal.studyKey },
      notTaken: standing.notTaken.map(({ kind, sopClassUid, number, lastAt, words }) => ({
        what: kindWords(kind),
        sopClass: sopClassName(sopClassUid),
        ...{ number, lastAt, words },
      })),
    };
  });
}

const KINDS: Readonly<Record<'dicom' | 'hl7' | 'fhir', string>> = { dicom: 'DICOM', hl7: 'HL7', fhir: 'FHIR' };

const counted = (number: number): string => (number >= MOST_COUNTED ? `${MOST_COUNTED} or more` : String(number));

const fact = (name: string, value: Markup | string): Markup => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const troubleSection = ({ trouble }: DestinationFacts, view: View): Markup | null =>
  trouble === null
    ? null
    : html`<div class="delayed-box"><p><code>${trouble.code}</code> ${trouble.words}</p>
<p>After ${count(trouble.attempts, 'attempt')}, the last at ${timeOrNone(trouble.triedAt, view)}; the next ${trouble.nextAt <= view.now ? 'is due' : html`in ${durationText(trouble.nextAt - view.now)}`}. The others wait until the destination answers.</p>
<p class="advice">${trouble.advice}</p></div>`;

const refusalSection = ({ refusal }: DestinationFacts, view: View): Markup | null =>
  refusal === null
    ? null
    : html`<div class="person"><p>Last refused or parked, ${ago(refusal.at, view)}, <a href="/studies/${refusal.studyKey}">in this study</a>: <code>${refusal.code}</code> ${refusal.words}</p>
<p class="advice">${refusal.advice} Then see <a href="/waiting">what waits</a>.</p></div>`;

const notTakenSection = ({ notTaken }: DestinationFacts, view: View): Markup | null =>
  notTaken.length === 0
    ? null
    : html`<h3>What it does not take</h3>
<p>In the last week; sent in a simpler form instead, where there is one.</p>
<ul>${notTaken.map((one) => html`<li><strong>${one.sopClass}</strong> (${one.what}, ${one.number} ${one.number === 1 ? 'time' : 'times'}, last ${ago(one.lastAt, view)}): ${one.words}</li>`)}</ul>`;

const section = (one: DestinationFacts, view: View): Markup =>
  html`<section class="destination" aria-label="${one.name}">
<h2>${one.name} ${badge(one)}</h2>
<dl class="facts">
${fact('Kind and address', one.kind === null ? 'not in the configuration any more' : html`${KINDS[one.kind]}, ${one.address}${one.isTls ? ', TLS' : null}`)}
${fact('Sent in 24 hours', html`${one.sentInADay}${one.lastSentAt === null ? null : html`, last ${ago(one.lastSentAt, view)}`}`)}
${fact('Waiting to be sent', html`${counted(one.open)}${one.sending === 0 ? null : html`, ${one.sending} of them being sent`}${one.oldestOpenAt === null ? null : html`; the oldest since ${ago(one.oldestOpenAt, view)}`}`)}
${fact('Waiting for a person', html`${counted(one.refused)} refused, ${counted(one.parked)} parked`)}
</dl>
${troubleSection(one, view)}
${refusalSection(one, view)}
${notTakenSection(one, view)}
</section>`;

/** The destinations as a page. */
export function destinationsPage(destinations: readonly DestinationFacts[], isRefreshing: boolean, view: View): string {
  const body = html`<h1>Destinations</h1>
${destinations.length === 0 ? html`<p class="empty">The configuration names no destination.</p>` : destinations.map((one) => section(one, view))}`;
  const refresh = { isOn: isRefreshing, on: '/destinations?refresh=on', off: '/destinations' };
  return documentOf({ title: 'Destinations', place: '/destinations', body, refresh }, view);
}
