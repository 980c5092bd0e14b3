// Where things stand in a frame of an attention cine. In: the shape of a picture and how much of it is lit. Out: boxes, in pixels of the frame. Pure.
import type { KeptCine } from '../contracts/finding.ts';
import { type Box, fitted } from './capture-layout.ts';

/** Pixels of a cine: few, because there are many frames of many cines. Twenty frames are less than 8 MB. */
export const CINE = { width: 448, height: 296 } as const;

/** Which family a cine is of. */
export type CineKind = 'lung' | 'dvt' | 'echo';

/** Room left free at the edges. */
export const EDGE = 8;
const TOP = 26;
const PICTURE_WIDTH = 290;

/** The words beside the picture. */
export const SIDE: Box = { x: 308, y: TOP, width: CINE.width - EDGE - 308, height: 238 };

// A course needs more room below the picture than a place in time.
const MOVING_HEIGHT: Readonly<Record<CineKind, number>> = { lung: 24, dvt: 56, echo: 24 };
const MOVING_GAP = 4;

/** The part of a frame below the picture that changes with it. */
export function movingBox(kind: CineKind): Box {
  const height = MOVING_HEIGHT[kind];
  return { x: EDGE, y: SIDE.y + SIDE.height - height, width: PICTURE_WIDTH, height };
}

/**
 * Pixels of a picture that may be lit: each costs nearly three bytes in RLE Lossless, a black one next to nothing. The words cost 50 kB a frame. Fewest
 * where an examination has most cines.
 */
const MOST_LIT: Readonly<Record<CineKind, number>> = { lung: 27_000, dvt: 40_000, echo: 40_000 };

/** Where the picture stands: as large as there is room, smaller where little of it is black. `lit` is the share of its pixels that are not black. */
export function pictureBox(kind: CineKind, { rows, columns }: Pick<KeptCine, 'rows' | 'columns'>, lit: number): Box {
  const room: Box = { x: EDGE, y: TOP, width: PICTURE_WIDTH, height: movingBox(kind).y - MOVING_GAP - TOP };
  const whole = fitted(columns / rows, room);
  const share = Math.min(1, Math.sqrt(MOST_LIT[kind] / Math.max(1, whole.width * whole.height * lit)));
  if (share === 1) return whole;
  const width = Math.floor(room.width * share);
  const height = Math.floor(room.height * share);
  const smaller: Box = {
    x: room.x + Math.floor((room.width - width) / 2),
    y: room.y + Math.floor((room.height - height) / 2),
    width,
    height,
  };
  return fitted(columns / rows, smaller);
}
