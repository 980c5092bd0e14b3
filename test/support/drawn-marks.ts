// Marks as scanners draw them on a picture, with the truth about them. In: a grey picture, a kind of mark and a style of ink. Out: the picture with
// the marks, and which pixels they changed.
import { inkAt } from '../../src/phantom/font.ts';

type Picture = { readonly rows: number; readonly columns: number; readonly data: Uint8Array };

/**
 * How a scanner draws: its grey, pixels to a dot of the lettering, whether edges are blended, whether a black outline parts the ink from tissue, and
 * the share of ink where tissue shines through.
 */
export type Ink = {
  readonly level: number;
  readonly scale: number;
  readonly blended: boolean;
  readonly outlined: boolean;
  readonly alpha?: number;
};

export const INKS = {
  white: { level: 255, scale: 2, blended: false, outlined: false },
  grey: { level: 190, scale: 2, blended: false, outlined: false },
  blended: { level: 235, scale: 2, blended: true, outlined: false },
  outlined: { level: 225, scale: 2, blended: false, outlined: true },
  fine: { level: 210, scale: 1, blended: false, outlined: false },
  'half seen': { level: 255, scale: 2, blended: false, outlined: false, alpha: 0.6 },
} as const satisfies Readonly<Record<string, Ink>>;

/** Where ink goes: 0 none, 1 all. */
type Sheet = { readonly rows: number; readonly columns: number; readonly ink: Float32Array };

function dot({ rows, columns, ink }: Sheet, x: number, y: number): void {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column >= 0 && row >= 0 && column < columns && row < rows) ink[row * columns + column] = 1;
}

function box(sheet: Sheet, x: number, y: number, size: { readonly columns: number; readonly rows: number }): void {
  for (let row = 0; row < size.rows; row++) for (let column = 0; column < size.columns; column++) dot(sheet, x + column, y + row);
}

function write(sheet: Sheet, text: string, at: { readonly x: number; readonly y: number; readonly scale: number }): void {
  const { x, y, scale } = at;
  for (const [place, letter] of [...text].entries()) {
    for (let row = 0; row < 7; row++) {
      for (let column = 0; column < 5; column++) {
        if (inkAt(letter, row, column))
          box(sheet, x + (6 * place + column) * scale, y + row * scale, { columns: scale, rows: scale });
      }
    }
  }
}

type Line = {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly on?: number;
  readonly off?: number;
};

function line(sheet: Sheet, { from, to, on = 1, off = 0 }: Line): void {
  const steps = Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])));
  for (let step = 0; step <= steps; step++) {
    if (step % (on + off) >= on) continue;
    dot(sheet, from[0] + ((to[0] - from[0]) * step) / steps, from[1] + ((to[1] - from[1]) * step) / steps);
  }
}

function calliper(sheet: Sheet, [x, y]: readonly [number, number], scale: number, turned: boolean): void {
  for (let arm = -6; arm <= 6; arm++) {
    for (let wide = 0; wide < scale; wide++) {
      dot(sheet, x + arm + (turned ? wide : 0), y + (turned ? arm : wide));
      dot(sheet, x + (turned ? arm + wide : wide), y + (turned ? -arm : arm));
    }
  }
}

/** A beat every 140 columns: small waves, a spike, a long wave. */
function beat(column: number): number {
  const phase = (column % 140) / 140;
  if (phase < 0.1) return 0.12 * Math.sin(phase * 31);
  if (phase < 0.16) return 0;
  if (phase < 0.18) return -0.15;
  if (phase < 0.21) return 1;
  if (phase < 0.23) return -0.25;
  return phase < 0.35 || phase >= 0.55 ? 0 : 0.25 * Math.sin((phase - 0.35) * 15.7);
}

type Course = {
  /** Row at rest, and how far the highest wave rises above it. */
  readonly y: number;
  readonly height: number;
  readonly scale: number;
  /** Columns, the last excluded, and the wave over them. */
  readonly from: number;
  readonly to: number;
  readonly wave: (column: number) => number;
};

function trace(sheet: Sheet, { y, height, scale, from, to, wave }: Course): void {
  let last = Math.round(y - height * wave(from));
  for (let column = from; column < to; column++) {
    const now = Math.round(y - height * wave(column));
    box(sheet, 10 + column, Math.min(now, last), { columns: 1, rows: Math.max(scale, Math.abs(now - last)) });
    last = now;
  }
}

const breath = (column: number): number => 0.5 + 0.5 * Math.sin(column / 45);

/** One kind of mark each, drawn at its size whatever the picture's; places are shares of the picture. */
export const MARKS = {
  text: (sheet, { scale }) => {
    const { rows, columns } = sheet;
    const letter = 6 * scale;
    write(sheet, 'LT CFV W/ COMP', { x: Math.round(0.3 * columns), y: Math.round(0.3 * rows), scale });
    write(sheet, 'FR 34HZ', { x: 6, y: 8, scale });
    write(sheet, 'D 4.0CM', { x: columns - 7 * letter - 4, y: 10, scale });
    write(sheet, 'R1 A4C', { x: 6, y: rows - 8 * scale - 4, scale });
    write(sheet, '65 BPM', { x: columns - 6 * letter - 6, y: rows - 8 * scale - 6, scale });
  },
  callipers: (sheet, { scale }) => {
    const place = (x: number, y: number) => [Math.round(x * sheet.columns), Math.round(y * sheet.rows)] as const;
    const [a, b, c, d] = [place(0.42, 0.42), place(0.58, 0.5), place(0.3, 0.7), place(0.5, 0.75)];
    for (const end of [a, b]) calliper(sheet, end, scale, false);
    for (const end of [c, d]) calliper(sheet, end, scale, true);
    line(sheet, { from: a, to: b, on: 2, off: 6 });
    line(sheet, { from: c, to: d });
  },
  ticks: (sheet, { scale }) => {
    const { rows, columns } = sheet;
    for (let tick = 0; tick < 12; tick++) {
      const long = tick % 5 === 0;
      box(sheet, columns - (long ? 14 : 10), 10 + Math.round((tick * rows) / 13), { columns: long ? 9 : 5, rows: scale });
      box(sheet, 20 + Math.round((tick * columns) / 13), rows - 8, { columns: scale, rows: 5 });
    }
  },
  focus: (sheet) => {
    const { rows, columns } = sheet;
    for (const middle of [0.45, 0.6]) {
      for (let column = 0; column < 6; column++) {
        const top = Math.round(middle * rows) - 5 + column;
        box(sheet, 8 + column, top, { columns: 1, rows: 11 - 2 * column });
        box(sheet, columns - 22 - column, top, { columns: 1, rows: 11 - 2 * column });
      }
    }
  },
  gain: (sheet) => {
    const { rows, columns } = sheet;
    let from: readonly [number, number] = [0.85 * columns, 0.1 * rows];
    for (const [x, y] of [
      [0.88, 0.25],
      [0.87, 0.4],
      [0.91, 0.55],
      [0.93, 0.7],
    ] as const) {
      line(sheet, { from, to: [x * columns, y * rows] });
      from = [x * columns, y * rows];
    }
  },
  guide: (sheet) => {
    const { rows, columns } = sheet;
    line(sheet, { from: [0.05 * columns, 0.15 * rows], to: [0.7 * columns, 0.85 * rows], on: 2, off: 5 });
    line(sheet, { from: [0.1 * columns, 0.13 * rows], to: [0.75 * columns, 0.82 * rows], on: 2, off: 5 });
  },
  box: (sheet) => {
    const { rows, columns } = sheet;
    const place = (x: number, y: number) => [Math.round(x * columns), Math.round(y * rows)] as const;
    const [a, b, c, d] = [place(0.35, 0.35), place(0.65, 0.35), place(0.58, 0.7), place(0.28, 0.7)];
    for (const [from, to] of [[a, b] as const, [b, c] as const, [c, d] as const, [d, a] as const]) line(sheet, { from, to });
  },
  ecg: (sheet, { scale }) => {
    const { rows, columns } = sheet;
    const y = Math.round(0.9 * rows);
    trace(sheet, { y, height: Math.round(0.09 * rows), scale, from: 0, to: Math.floor(0.85 * columns), wave: beat });
    line(sheet, { from: [0.9 * columns, 0.78 * rows], to: [0.9 * columns, 0.97 * rows] });
  },
  breath: (sheet, { scale }) => {
    const { rows, columns } = sheet;
    const y = Math.round(0.76 * rows);
    trace(sheet, { y, height: Math.round(0.06 * rows), scale, from: 0, to: Math.floor(0.9 * columns), wave: breath });
  },
} as const satisfies Readonly<Record<string, (sheet: Sheet, ink: Ink) => void>>;

/** Columns that a trace goes on from frame to frame, and those it keeps clear ahead of the place where it is drawn. */
const SPEED = 37;
const CLEAR = 24;

/** What moves from frame to frame (from 0): a trace that is drawn over the last one, with a dot and a bar where it is, and digits that count. */
export const MOVING_MARKS = {
  sweep: (sheet, { scale }, frame) => {
    const { rows, columns } = sheet;
    const width = Math.floor(0.9 * columns);
    const now = (60 + SPEED * frame) % width;
    const course = { y: Math.round(0.9 * rows), height: Math.round(0.09 * rows), scale };
    const turn = Math.floor((60 + SPEED * frame) / width);
    const phase = (earlier: number) => (column: number) => beat(column + 1000 - 53 * (turn - earlier));
    trace(sheet, { ...course, from: 0, to: now, wave: phase(0) });
    trace(sheet, { ...course, from: now + CLEAR, to: width, wave: phase(1) });
    box(sheet, 8 + now, Math.round(course.y - course.height * phase(0)(now)) - 2, { columns: 5, rows: 5 });
    box(sheet, 10 + now, Math.round(0.78 * rows), { columns: 1, rows: Math.round(0.19 * rows) });
  },
  count: (sheet, { scale }, frame) => {
    const { rows } = sheet;
    write(sheet, `${String(100 + 7 * frame).padStart(4, '0')}/0600`, { x: 8, y: Math.round(0.2 * rows), scale });
    write(sheet, `HR ${61 + (frame % 19)}`, { x: Math.round(0.7 * sheet.columns), y: Math.round(0.14 * rows), scale });
  },
} as const satisfies Readonly<Record<string, (sheet: Sheet, ink: Ink, frame: number) => void>>;

export type Mark = keyof typeof MARKS | keyof typeof MOVING_MARKS;

const DRAWERS: Readonly<Record<Mark, (sheet: Sheet, ink: Ink, frame: number) => void>> = { ...MARKS, ...MOVING_MARKS };

/** All that stands still. */
export const STILL_MARKS = Object.keys(MARKS) as readonly (keyof typeof MARKS)[];

/** Places of the neighbours of a pixel and itself that lie in the sheet, by how far they are: 0, 1 or 2 steps along the axes. */
function around({ rows, columns }: Sheet, at: number, visit: (neighbour: number, steps: number) => void): void {
  const row = Math.floor(at / columns);
  const column = at % columns;
  for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
      visit(y * columns + x, Math.abs(y - row) + Math.abs(x - column));
  }
}

/** What is drawn over each pixel: the share of ink after blending. A line of one pixel keeps three quarters of its ink. */
function blended(sheet: Sheet): Float32Array {
  const weights = [1, 0.3, 0.09] as const;
  const out = new Float32Array(sheet.ink.length);
  for (let at = 0; at < sheet.ink.length; at++) {
    if (sheet.ink[at] !== 1) continue;
    around(sheet, at, (neighbour, steps) => {
      out[neighbour] = Math.min(1, (out[neighbour] ?? 0) + (1.25 * (weights[steps] ?? 0)) / 2.56);
    });
  }
  return out;
}

function outlineOf(sheet: Sheet): Uint8Array {
  const outline = new Uint8Array(sheet.ink.length);
  for (let at = 0; at < sheet.ink.length; at++) {
    if (sheet.ink[at] !== 1) continue;
    around(sheet, at, (neighbour) => {
      outline[neighbour] = 1;
    });
  }
  return outline;
}

/** Grey levels by which a mark must differ from the tissue below it to be seen. */
const SEEN = 24;

/** The picture with the marks, of the first frame or a later one (from 0). `truth` is 2 for what they changed visibly, 1 for what they touched, 0 for untouched pixels. */
export function withMarks(
  picture: Picture,
  marks: readonly Mark[],
  ink: Ink,
  frame = 0,
): { readonly picture: Picture; readonly truth: Uint8Array } {
  const sheet: Sheet = { rows: picture.rows, columns: picture.columns, ink: new Float32Array(picture.data.length) };
  for (const mark of marks) DRAWERS[mark](sheet, ink, frame);
  const shares = ink.blended ? blended(sheet) : sheet.ink;
  const outline = ink.outlined ? outlineOf(sheet) : null;
  const truth = new Uint8Array(picture.data.length);
  const data = Uint8Array.from(picture.data);
  for (let at = 0; at < data.length; at++) {
    const share = (ink.alpha ?? 1) * (shares[at] ?? 0);
    if (share === 0 && outline?.[at] !== 1) continue;
    const grey = data[at] ?? 0;
    const drawn = Math.round(share * ink.level + (1 - share) * (outline?.[at] === 1 ? 0 : grey));
    truth[at] = Math.abs(drawn - grey) >= SEEN ? 2 : 1;
    data[at] = drawn;
  }
  return { picture: { ...picture, data }, truth };
}
