// The geometry and the plain data of the attention pages. In: sizes and counts. Out: boxes, and the types that a page is made of. Pure.
import type {
  CompressionCourse,
  EchoGlobalResult,
  EchoViewResult,
  FramePicture,
  LandmarkResult,
  LungCineResult,
  ResultOf,
  SectionResult,
} from '../contracts/finding.ts';

/** Every page has this size, because all frames of an instance must (PS3.3 C.7.6.3). Pixels. */
export const PAGE = { width: 1280, height: 960 } as const;

/** Room left free at both sides of a page, in pixels. */
export const MARGIN = 24;

/** A rectangle on a page: pixels, x to the right and y downwards from the upper left corner. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Where the pictures and charts of a page stand, between heading and footer. */
export const BODY: Box = { x: MARGIN, y: 172, width: PAGE.width - 2 * MARGIN, height: 664 };

/**
 * Frames whose maps are drawn on one scale, so that they can be compared. `activation`: values without a zero of their own, from their median to
 * their largest. `share`: values that are shares from 0 to 1 already, drawn as they are.
 */
export type MapScale = { readonly frames: readonly FramePicture[]; readonly kind: 'activation' | 'share' };

/** What stands below a picture: a tag, the main words, a bar (0..1) and a second line. The source image is named by the page itself. */
export type Caption = {
  readonly tag: string;
  readonly strong: string;
  readonly bar: { readonly share: number; readonly colour: string } | null;
  readonly below: string;
  /** Colour of words and border where the picture matters more than its neighbours. */
  readonly emphasis: string | null;
};

/** One frame on a page; `overlay` holds the picture with its map, `plain` the bare picture where there is room for both. */
export type Cell = {
  readonly frame: FramePicture;
  readonly scale: MapScale;
  readonly overlay: Box;
  readonly plain: Box | null;
  readonly caption: Box;
  readonly text: Caption;
};

/** What a page is about. `number` of `of` counts the pages of one statement from 1. */
export type PageContent =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'section'; readonly section: SectionResult; readonly number: number; readonly of: number }
  | {
      readonly kind: 'landmark';
      readonly landmark: LandmarkResult;
      readonly courses: readonly CompressionCourse[];
      readonly number: number;
      readonly of: number;
    }
  | { readonly kind: 'lung-cine'; readonly cine: LungCineResult }
  | { readonly kind: 'lung-exam'; readonly result: ResultOf<'lung-score'> }
  | { readonly kind: 'echo-view'; readonly view: EchoViewResult; readonly number: number; readonly of: number }
  | { readonly kind: 'echo-global'; readonly global: EchoGlobalResult; readonly result: ResultOf<'echo-cmr'> };

/** One page: one frame of the capture. */
export type Page = {
  /** Key of the statement that the page illustrates (`statement-keys.ts`); null when it illustrates none. */
  readonly key: string | null;
  /** Frame Label Vector value (SH, at most 16 characters). */
  readonly label: string;
  readonly cells: readonly Cell[];
  readonly content: PageContent;
};

/** Between pictures. */
export const GAP = 16;
const CAPTION_HEIGHT = 60;

/** Largest box of the given aspect inside another, centred, whole pixels. */
export function fitted(aspect: number, into: Box): Box {
  const width = Math.max(1, Math.min(into.width, Math.floor(into.height * aspect)));
  const height = Math.max(1, Math.min(into.height, Math.round(width / aspect)));
  return { x: into.x + Math.floor((into.width - width) / 2), y: into.y + Math.floor((into.height - height) / 2), width, height };
}

/** How cells stand: overlays alone, or each with its bare picture to the left (`beside`) or above. */
export type Arrangement = {
  readonly columns: number;
  readonly plain: 'none' | 'beside' | 'above';
};

/** Boxes of `count` cells in rows within a box; each row ends with room for captions. */
export function cellBoxes(
  count: number,
  { columns, plain }: Arrangement,
  into: Box,
): readonly Pick<Cell, 'overlay' | 'plain' | 'caption'>[] {
  const rows = Math.max(1, Math.ceil(count / columns));
  const width = Math.floor((into.width - GAP * (columns - 1)) / columns);
  const height = Math.floor((into.height - GAP * (rows - 1)) / rows) - CAPTION_HEIGHT;
  return Array.from({ length: count }, (_, index) => {
    const x = into.x + (index % columns) * (width + GAP);
    const y = into.y + Math.floor(index / columns) * (height + CAPTION_HEIGHT + GAP);
    const caption = { x, y: y + height, width, height: CAPTION_HEIGHT };
    if (plain === 'none') return { overlay: { x, y, width, height }, plain: null, caption };
    if (plain === 'beside') {
      const half = Math.floor((width - GAP) / 2);
      return {
        overlay: { x: x + width - half, y, width: half, height },
        plain: { x, y, width: half, height },
        caption,
      };
    }
    const half = Math.floor((height - GAP / 2) / 2);
    return { overlay: { x, y: y + height - half, width, height: half }, plain: { x, y, width, height: half }, caption };
  });
}

/** Cells for frames with their captions, on one scale. */
export function cellsOf(
  frames: readonly { readonly frame: FramePicture; readonly text: Caption; readonly scale: MapScale }[],
  arrangement: Arrangement,
  into: Box,
): readonly Cell[] {
  const boxes = cellBoxes(frames.length, arrangement, into);
  return frames.flatMap((one, index) => {
    const box = boxes[index];
    return box === undefined ? [] : [{ ...one, ...box }];
  });
}

/** Frame Label Vector value: SH (PS3.5 6.2). */
export const frameLabel = (text: string): string => text.slice(0, 16).trimEnd();
