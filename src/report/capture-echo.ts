// The pages of an echocardiogram (`echo-cmr`): the statement over all views, then each view with its frames over the beat. In: a result. Out: pages, SVG.
// Pure. Tissue values never stand on a page: they are gated by the manifest and not foretold by echo (see `TissueOutputs`).
import type {
  EchoGlobalResult,
  EchoView,
  EchoViewResult,
  FramePicture,
  ResultOf,
  WallMotionStatement,
} from '../contracts/finding.ts';
import type { ImageNames } from './capture-cell.ts';
import { heading, mapLegend } from './capture-frame.ts';
import { badge, gauge, weightOf } from './capture-gauge.ts';
import {
  type Arrangement,
  BODY,
  type Box,
  type Caption,
  cellsOf,
  frameLabel,
  MARGIN,
  type MapScale,
  type Page,
} from './capture-layout.ts';
import { bold, COLOUR, joined, line, paragraph } from './capture-marks.ts';
import { type PageParts, pageWords, placeTitle, sourcesWords, wordsOr } from './capture-words.ts';
import { ECHO_GLOBAL_KEY, echoViewKey } from './statement-keys.ts';
import { VIEWS } from './statements-echo-cmr.ts';
import type { OutputTemplate } from './templates.ts';
import { capitalised, count, percent } from './words.ts';

type EchoResult = ResultOf<'echo-cmr'>;

const FRAMES_PER_PAGE = 8;
const VIEW_ORDER: readonly EchoView[] = ['A4C', 'A2C', 'PLAX'];
const GAUGE: Box = { x: 716, y: 112, width: 540, height: 14 };
const PICTURES: Box = { ...BODY, height: 640 };
const NOTES: Box = { ...BODY, y: 818, height: 20 };
const ROW_HEIGHT = 218;
const ROWS: Box = { ...BODY, y: 176 };

const arrangementOf = (count: number): Arrangement =>
  count <= 2 ? { columns: 1, plain: 'beside' } : count <= 4 ? { columns: count, plain: 'above' } : { columns: 4, plain: 'none' };

const isStated = ({ wallMotionAbnormality }: WallMotionStatement): boolean => wallMotionAbnormality !== 'undetermined';

const thresholdOf = (key: string, { statements }: PageParts): number | null => statements.get(key)?.threshold ?? null;

const flagText = (statement: WallMotionStatement): string =>
  isStated(statement) ? `${percent(statement.probability)}%` : 'undet.';

function captionOf(frame: FramePicture, { cines }: EchoViewResult, number: number): Caption {
  const rate = cines.find(({ cine }) => cine.sopInstanceUid === frame.sopInstanceUid)?.cine.framesPerSecond ?? null;
  const timeMs = rate === null || rate <= 0 ? null : ((frame.frameNumber - 1) / rate) * 1000;
  return {
    tag: `${number}`,
    strong: timeMs === null ? '' : `${Math.round(timeMs)} ms`,
    bar: null,
    below: '',
    emphasis: null,
  };
}

function viewPages(view: EchoViewResult): readonly Page[] {
  const scale: MapScale = { frames: view.frames, kind: 'activation' };
  const entries = view.frames.map((frame, index) => ({ frame, text: captionOf(frame, view, index + 1), scale }));
  const of = Math.max(1, Math.ceil(entries.length / FRAMES_PER_PAGE));
  return Array.from({ length: of }, (_, page) => {
    const own = entries.slice(page * FRAMES_PER_PAGE, (page + 1) * FRAMES_PER_PAGE);
    return {
      key: echoViewKey(view.view),
      label: frameLabel(`${view.view} ${flagText(view)}${of > 1 ? ` ${page + 1}/${of}` : ''}`),
      cells: cellsOf(own, arrangementOf(own.length), PICTURES),
      content: { kind: 'echo-view', view, number: page + 1, of },
    };
  });
}

const rowOf = (index: number): Box => ({ ...ROWS, y: ROWS.y + index * ROW_HEIGHT, height: ROW_HEIGHT - 10 });

/** The page over all views: a frame of each view that was read, in the rows of the views. */
function globalPage(global: EchoGlobalResult, result: EchoResult): Page {
  const cells = VIEW_ORDER.flatMap((name, index) => {
    const view = result.views.find((one) => one.view === name);
    const frame = view?.frames[0];
    if (view === undefined || frame === undefined) return [];
    const text: Caption = { tag: '', strong: '', bar: null, below: '', emphasis: null };
    const scale = { frames: view.frames, kind: 'activation' as const };
    return cellsOf(
      [{ frame, text, scale }],
      { columns: 1, plain: 'none' },
      { ...rowOf(index), width: 270, height: ROW_HEIGHT + 24 },
    );
  });
  return {
    key: ECHO_GLOBAL_KEY,
    label: frameLabel(`global ${flagText(global)}`),
    cells,
    content: { kind: 'echo-global', global, result },
  };
}

/** The page over all views first, when there is a statement, then the views. */
export function echoPages(result: EchoResult): readonly Page[] {
  const { views, global } = result;
  return [...(global === null ? [] : [globalPage(global, result)]), ...views.flatMap(viewPages)];
}

const answer = (
  statement: WallMotionStatement,
  threshold: number | null,
  parts: { readonly template: OutputTemplate; readonly bar: Box; readonly top: number },
): string => {
  const { template, bar, top } = parts;
  const weight = weightOf(statement.wallMotionAbnormality);
  const label = `P(${template.findingShort}) ${percent(statement.probability)} %`;
  return (
    badge(`${template.findingShort} ${statement.wallMotionAbnormality.toUpperCase()}`, weight, { top }) +
    (isStated(statement) ? gauge({ label, share: statement.probability, threshold, weight }, bar) : '')
  );
};

/** The cines of a view with what each says; of a view without a statement only their names. */
function cinesText(view: EchoViewResult, names: ImageNames): string {
  const list = view.cines.map((one) =>
    [names.get(one.cine.sopInstanceUid) || 'a cine', isStated(view) ? `${percent(one.probability)} %` : '']
      .filter((word) => word !== '')
      .join(' '),
  );
  return `${view.cines.length > 1 ? `mean of ${view.cines.length} cines: ` : ''}${list.join(', ')}`;
}

/** Heading, answer and legend of a page of a view. */
export function echoViewSvg(
  { view, number, of }: { readonly view: EchoViewResult; readonly number: number; readonly of: number },
  parts: PageParts,
): string {
  const { template, names } = parts;
  const { page: words } = template.capture.words;
  const sources = sourcesWords(view.cines.map(({ viewSource }) => viewSource));
  return (
    heading({
      title: `${placeTitle(echoViewKey(view.view), parts)} (${view.view})`,
      about: wordsOr(words.about, capitalised(template.findingName)),
      detail: joined(`${cinesText(view, names)}${pageWords(number, of)}`, `view ${sources}`),
    }) +
    answer(view, thresholdOf(echoViewKey(view.view), parts), { template, bar: GAUGE, top: 60 }) +
    (view.notes.length === 0 ? '' : paragraph(view.notes.join(' '), NOTES, { size: 10, colour: COLOUR.faint, leading: 17 })) +
    mapLegend(words.map, words.below)
  );
}

function viewRow(
  name: EchoView,
  box: Box,
  { result, parts }: { readonly result: EchoResult; readonly parts: PageParts },
): string {
  const { template, names } = parts;
  const view = result.views.find((one) => one.view === name);
  const x = box.x + 300;
  const title = `${capitalised(VIEWS[name].name)} (${name})`;
  const isLast = name === VIEW_ORDER.at(-1);
  const rule = isLast ? '' : `<path d="M${MARGIN} ${box.y + ROW_HEIGHT - 5}H${box.x + box.width}" stroke="${COLOUR.line}"/>`;
  const ink = view === undefined ? COLOUR.faint : COLOUR.text;
  const head = bold(title, x, { y: box.y + 44, size: 15, colour: ink });
  if (view === undefined)
    return `${head}${line('no cine of this view was read', x, { y: box.y + 72, size: 12, colour: COLOUR.faint })}${rule}`;
  const bar: Box = { x, y: box.y + 136, width: 560, height: 14 };
  const text: Box = { x, y: box.y + 58, width: 640, height: 20 };
  return (
    head +
    paragraph(cinesText(view, names), text, { size: 11, colour: COLOUR.faint, leading: 16 }) +
    answer(view, thresholdOf(echoViewKey(name), parts), { template, bar, top: box.y + 20 }) +
    rule
  );
}

/** Heading, answer, a row a view and legend of the page over all views. */
export function echoGlobalSvg(
  { global, result }: { readonly global: EchoGlobalResult; readonly result: EchoResult },
  parts: PageParts,
): string {
  const { template } = parts;
  const { overview } = template.capture.words;
  const others = result.others.length === 0 ? '' : `; ${count(result.others.length, 'cine')} of other views not read further`;
  return (
    heading({
      title: overview.title,
      about: joined(wordsOr(overview.about, capitalised(template.findingName)), ...global.notes),
      detail: `from ${count(global.views.length, 'view')}: ${global.views.join(', ')}${others}`,
    }) +
    answer(global, thresholdOf(ECHO_GLOBAL_KEY, parts), { template, bar: GAUGE, top: 60 }) +
    VIEW_ORDER.map((name, index) => viewRow(name, rowOf(index), { result, parts })).join('') +
    mapLegend(overview.map, overview.below)
  );
}
