// In: a seed and wishes. Out: a compression cine as it is acquired: where the probe is and how hard it presses in every frame, what is
// true of each frame and of the cine, and the pictures.

import { noContrast } from './blood.ts';
import { type GroinAnatomy, type GroinCut, groinAnatomy, groinCut, ramp } from './groin-anatomy.ts';
import { type Clot, groinBody, type Lumina } from './groin-transverse.ts';
import { type LegAnatomy, legAnatomy, type Side } from './leg-anatomy.ts';
import type { PictureSize } from './leg-section.ts';
import { type Pose, transverseBody } from './leg-transverse.ts';
import type { Probe } from './probe.ts';
import { hash32, type Random, randomFrom } from './random.ts';
import { downsample, type GreyPicture, picture } from './speckle.ts';
import { tissueMap } from './tissue.ts';

/** LM1: the saphenofemoral junction. LM2: the great saphenous vein in its compartment, beside the femoral vessels. Else background. */
export type Landmark = 'LM1' | 'LM2' | 'background';

/** What happens to the vein when it is pressed. */
export type Compressibility = 'full' | 'partial' | 'none';

/** Where the probe goes: it holds at a landmark, or at both on its way, or it is elsewhere on the leg. */
export type Route = 'LM1' | 'LM2' | 'sweep' | 'thigh' | 'iliac' | 'lateral' | 'popliteal';

/** How the probe presses: until healthy veins close, not at all, or too lightly to say anything. */
export type Pressing = 'full' | 'not applied' | 'light';

export type CompressionWish = {
  readonly seed: number;
  readonly side?: Side;
  readonly route?: Route;
  readonly compressibility?: Compressibility;
  readonly pressing?: Pressing;
  readonly frames?: number;
};

/** What is true of one frame. `openShare` is the area of the veins in view as a share of that at rest, null where no vein is in view. */
export type FrameTruth = { readonly landmark: Landmark; readonly openShare: number | null };

type Moment = {
  readonly levelMm: number;
  readonly pose: Pose;
  readonly lumina: Lumina;
  readonly truth: FrameTruth;
};

export type CompressionCine = {
  readonly seed: number;
  readonly side: Side;
  readonly route: Route;
  readonly compressibility: Compressibility;
  readonly pressing: Pressing;
  readonly framesPerSecond: number;
  readonly depthMm: number;
  readonly groin: GroinAnatomy;
  /** The back of the knee, for the route that goes there. */
  readonly knee: LegAnatomy | null;
  readonly moments: readonly Moment[];
};

/** Levels along the leg at which a frame shows a landmark, millimetres. */
const levels: Readonly<Record<'LM1' | 'LM2', readonly [number, number]>> = { LM1: [-4, 5], LM2: [16, 34] };

/** A vein is closed when less of its area at rest than this is left. */
export const CLOSED_BELOW = 0.2;

const within = (value: number, [low, high]: readonly [number, number]): boolean => value >= low && value <= high;

const landmarkAt = (levelMm: number): Landmark =>
  within(levelMm, levels.LM1) ? 'LM1' : within(levelMm, levels.LM2) ? 'LM2' : 'background';

/** A stretch of the cine: the probe stays at a level, or goes on to the next. `press` is the peak of pressure while it stays. */
type Stop = { readonly levelMm: number; readonly press: boolean; readonly share: number };

function stopsOf(route: Route, chance: Random): readonly Stop[] {
  const u = chance.uniform;
  const at = (levelMm: number, share: number, press = true): Stop => ({ levelMm, press, share });
  const lm1 = u(-3, 4);
  const lm2 = u(18, 32);
  switch (route) {
    case 'LM1':
      return chance.chance(0.3) ? [at(u(-30, -12), 0.15, false), at(lm1, 1)] : [at(lm1, 1)];
    case 'LM2':
      return chance.chance(0.3) ? [at(lm2, 1), at(u(44, 70), 0.15, false)] : [at(lm2, 1)];
    case 'sweep':
      return [at(u(-30, -12), 0.12, false), at(lm1, 1), at(lm2, 1), at(u(46, 80), 0.15, false)];
    case 'thigh':
      return [at(u(50, 110), 1)];
    case 'iliac':
      return [at(u(-55, -14), 1)];
    default:
      return [at(u(-20, 40), 1)];
  }
}

/** Pressure over the time of a stop, 0..1 to 0..1: let be, press, hold, let go. */
function pressure(share: number, course: { readonly from: number; readonly to: number; readonly slope: number }): number {
  return ramp(share, course.from, course.from + course.slope) * (1 - ramp(share, course.to - course.slope, course.to));
}

const peaks: Readonly<Record<Pressing, readonly [number, number]>> = {
  full: [0.92, 1],
  light: [0.2, 0.38],
  'not applied': [0, 0],
};

/** Height left to a vein under a pressure, when it cannot go below `least`. The shallow vein closes first. */
const openUnder = (press: number, ease: number, least: number): number => Math.max(least, 1 - Math.min(1, press * ease));

/** Plans a cine of 60 to 150 frames at 20 to 30 frames a second. */
export function compressionCine(wish: CompressionWish): CompressionCine {
  const chance = randomFrom(wish.seed, 'compression');
  const u = chance.uniform;
  const side = wish.side ?? chance.pick<Side>(['L', 'R']);
  const route =
    wish.route ?? chance.pick<Route>(['LM1', 'LM1', 'LM2', 'LM2', 'sweep', 'sweep', 'thigh', 'iliac', 'lateral', 'popliteal']);
  const compressibility = wish.compressibility ?? chance.pick<Compressibility>(['full', 'full', 'partial', 'none']);
  const pressing = wish.pressing ?? chance.pick<Pressing>(['full', 'full', 'full', 'full', 'light', 'not applied']);
  const groin = groinAnatomy(side, chance);
  const knee = route === 'popliteal' ? legAnatomy(side, 'POP', chance) : null;
  const count = wish.frames ?? chance.integer(60, 150);
  const framesPerSecond = chance.integer(20, 30);
  const clot = drawClot(compressibility, chance);
  const aside = route === 'lateral' ? (side === 'R' ? 1 : -1) * u(28, 45) : u(-3.5, 3.5);
  const liftMm = u(-1, 1);
  const tremor = { phase: u(0, 9), sizeMm: u(0.1, 0.8), breath: u(0.02, 0.1), pace: u(0.15, 0.35) };
  const stops = stopsOf(route, chance).map((stop) => ({
    ...stop,
    peak: stop.press ? u(...peaks[pressing]) : 0,
    course: { from: u(0.08, 0.25), to: u(0.72, 0.95), slope: u(0.14, 0.26) },
  }));
  const moments = Array.from({ length: count }, (_, n): Moment => {
    const momentS = n / framesPerSecond;
    const { levelMm, press: pressed } = along(stops, (n + 0.5) / count);
    const breath = tremor.breath * (0.5 + 0.5 * Math.sin(2 * Math.PI * tremor.pace * momentS + tremor.phase));
    const press = Math.min(1, pressed + breath * (1 - pressed));
    const level = levelMm + tremor.sizeMm * Math.sin(2.3 * momentS + tremor.phase);
    const pose: Pose = {
      shiftMm: aside + 0.8 * tremor.sizeMm * Math.sin(1.7 * momentS + 2 * tremor.phase),
      liftMm,
      compression: press,
      momentS,
    };
    const lumina: Lumina = {
      deep: openUnder(press, 1.07, clot?.share ?? 0),
      saphenous: openUnder(press, 1.3, 0),
      clot,
    };
    return { levelMm: level, pose, lumina, truth: truthOf(route, groinCut(groin, level), { lumina, press }) };
  });
  return {
    seed: wish.seed,
    side,
    route,
    compressibility,
    pressing,
    framesPerSecond,
    depthMm: 5 * Math.ceil((deepestMm(knee ?? groin.base) + u(9, 20)) / 5),
    groin,
    knee,
    moments,
  };
}

const deepestMm = ({ veinAcross, arteryAcross }: LegAnatomy): number =>
  Math.max(veinAcross.z + veinAcross.b, arteryAcross.z + arteryAcross.b);

/** A clot that fills part or nearly all of the deep vein's height; fresh ones are hardly brighter than blood. */
function drawClot(compressibility: Compressibility, chance: Random): Clot | null {
  if (compressibility === 'full') return null;
  const levelDb = chance.uniform(-48, -33);
  const share = compressibility === 'partial' ? chance.uniform(0.38, 0.58) : chance.uniform(0.86, 1);
  return { share, levelDb };
}

type TimedStop = Stop & { readonly peak: number; readonly course: Parameters<typeof pressure>[1] };

/** Shares of the time between two stops that the way takes. */
const WAY = 0.14;

/** Where the probe is and how it presses at a share of the cine's time. */
function along(stops: readonly TimedStop[], time: number): { readonly levelMm: number; readonly press: number } {
  const total = stops.reduce((sum, { share }) => sum + share, 0) + WAY * (stops.length - 1);
  let left = time * total;
  for (const [index, stop] of stops.entries()) {
    const next = stops[index + 1];
    if (left <= stop.share || next === undefined)
      return { levelMm: stop.levelMm, press: stop.peak * pressure(Math.min(1, left / stop.share), stop.course) };
    left -= stop.share;
    if (left <= WAY) return { levelMm: stop.levelMm + (next.levelMm - stop.levelMm) * ramp(left / WAY, 0, 1), press: 0 };
    left -= WAY;
  }
  return { levelMm: 0, press: 0 };
}

function truthOf(route: Route, cut: GroinCut, state: { readonly lumina: Lumina; readonly press: number }): FrameTruth {
  const { lumina, press } = state;
  if (route === 'lateral') return { landmark: 'background', openShare: null };
  if (route === 'popliteal') return { landmark: 'background', openShare: Math.max(0, 1 - press * 1.02) };
  const area = (open: number, a: number, b: number): number => a * b * open * (1 + 0.18 * (1 - open));
  const { deepVein, saphenous } = cut;
  const rest = deepVein.a * deepVein.b + (saphenous === null ? 0 : saphenous.a * saphenous.b);
  const now =
    area(lumina.deep, deepVein.a, deepVein.b) + (saphenous === null ? 0 : area(lumina.saphenous, saphenous.a, saphenous.b));
  return { landmark: landmarkAt(cut.levelMm), openShare: Math.min(1, now / rest) };
}

/** Takes the picture of one frame, 0 for the first. */
export function compressionPicture(
  cine: CompressionCine,
  frame: number,
  view: { readonly probe: Probe; readonly size: PictureSize },
): GreyPicture {
  const moment = cine.moments[frame];
  if (moment === undefined) throw new RangeError(`the cine has no frame ${frame}`);
  const factor = view.size.fromNative === true ? 2 : 1;
  const rows = view.size.rows * factor;
  const columns = view.size.columns * factor;
  const body =
    cine.knee === null
      ? groinBody(groinCut(cine.groin, moment.levelMm), moment.pose, moment.lumina)
      : transverseBody(cine.knee, moment.pose, noContrast);
  const grid = { rows, columns, pixelMm: cine.depthMm / rows, originColumn: columns / 2 };
  const grey = picture(tissueMap(body, grid), view.probe, {
    // Other tissue is in the beam when the probe has moved along the leg by more than the beam is thick.
    scattererSeed: hash32(cine.seed, Math.round(moment.levelMm / 0.8)),
    electronicSeed: hash32(cine.seed, 'frame', frame),
    reverberationMm: 2.5 + (cine.seed % 64) / 16,
  });
  return factor === 1 ? grey : downsample(grey, factor);
}
