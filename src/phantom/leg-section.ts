// In: a seed, a side and a vein. Out: a vein section as a sonographer keeps it: a few keyframes with what is true of each, and their pictures.

import { type EchoContrast, noContrast } from './blood.ts';
import { type LegAnatomy, legAnatomy, type Side, type Vein } from './leg-anatomy.ts';
import { longitudinalBody, longitudinalPlane, type Plane } from './leg-longitudinal.ts';
import { type Pose, transverseBody } from './leg-transverse.ts';
import type { Probe } from './probe.ts';
import { hash32, type Random, randomFrom } from './random.ts';
import { downsample, type GreyPicture, picture } from './speckle.ts';
import { tissueMap } from './tissue.ts';

/** Spontaneous echo contrast of a section: none, a haze above the artery's level, or plain swirling smoke. */
export type ContrastGrade = 'absent' | 'mild' | 'marked';

export const contrastGrades: readonly ContrastGrade[] = ['absent', 'mild', 'marked'];

/** Peak level above plain blood by grade, decibels. */
const peaks: Readonly<Record<ContrastGrade, readonly [number, number]>> = { absent: [0, 0], mild: [9, 14], marked: [14, 23] };

export type Keyframe = {
  readonly orientation: 'transverse' | 'longitudinal';
  /** Compression is not applicable in the longitudinal view. */
  readonly compression: 'with' | 'without' | 'not applicable';
  /** `true` where spontaneous echo contrast is in this picture. */
  readonly witness: boolean;
  readonly contrast: EchoContrast;
  readonly pose: Pose;
  readonly plane: Plane | null;
  /** Displayed depth in millimetres. */
  readonly depthMm: number;
  readonly seed: number;
};

export type Section = {
  readonly seed: number;
  readonly side: Side;
  readonly vein: Vein;
  readonly grade: ContrastGrade;
  readonly anatomy: LegAnatomy;
  readonly keyframes: readonly Keyframe[];
};

/** What is asked of a section; what is left out is drawn. */
export type SectionWish = {
  readonly seed: number;
  readonly side?: Side;
  readonly vein?: Vein;
  readonly grade?: ContrastGrade;
  readonly keyframes?: number;
};

/** Plans a section. Of the keyframes in which the vein is open, one to three are witnesses when contrast is present. */
export function legSection(wish: SectionWish): Section {
  const chance = randomFrom(wish.seed, 'section');
  const side = wish.side ?? chance.pick<Side>(['L', 'R']);
  const vein = wish.vein ?? chance.pick<Vein>(['CFV', 'FV', 'POP']);
  const grade = wish.grade ?? (chance.chance(0.5) ? 'absent' : chance.pick<ContrastGrade>(['mild', 'marked']));
  const anatomy = legAnatomy(side, vein, chance);
  const count = wish.keyframes ?? chance.integer(3, 8);
  const kinds = Array.from({ length: count }, (_, i) =>
    i === 0 ? 'open' : i === 1 ? 'pressed' : i === 2 ? 'along' : chance.pick(['open', 'pressed', 'along']),
  );
  const candidates = kinds.flatMap((kind, i) => (kind === 'pressed' ? [] : [i]));
  const witnesses = new Set<number>();
  const wanted = grade === 'absent' ? 0 : Math.min(candidates.length, chance.integer(1, 3));
  while (witnesses.size < wanted) witnesses.add(chance.pick(candidates));
  const depthMm = sectionDepth(anatomy, chance);
  const keyframes = kinds.map((kind, i): Keyframe => {
    const witness = witnesses.has(i);
    const [low, high] = peaks[grade];
    const contrast: EchoContrast = witness
      ? {
          peakDb: chance.uniform(low, high),
          textureX: chance.uniform(0, 256),
          textureZ: chance.uniform(0, 256),
          momentS: 0,
          stretch: kind === 'along' ? 2.2 : 1,
        }
      : noContrast;
    return {
      orientation: kind === 'along' ? 'longitudinal' : 'transverse',
      compression: kind === 'along' ? 'not applicable' : kind === 'pressed' ? 'with' : 'without',
      witness,
      contrast,
      pose: {
        shiftMm: chance.uniform(-4, 4),
        liftMm: chance.uniform(-1.5, 1.5),
        compression: kind === 'pressed' ? chance.uniform(0.86, 1) : kind === 'open' ? chance.uniform(0, 0.15) : 0,
        momentS: 0,
      },
      plane: kind === 'along' ? longitudinalPlane(anatomy, chance) : null,
      depthMm: chance.chance(0.75) ? depthMm : depthMm * chance.uniform(0.9, 1.12),
      seed: hash32(wish.seed, 'keyframe', i),
    };
  });
  return { seed: wish.seed, side, vein, grade, anatomy, keyframes };
}

/** A depth that shows the deeper vessel with some tissue below it, on the steps of a depth knob. */
function sectionDepth(anatomy: LegAnatomy, chance: Random): number {
  const deepest = Math.max(anatomy.veinAcross.z + anatomy.veinAcross.b, anatomy.arteryAcross.z + anatomy.arteryAcross.b);
  return 5 * Math.ceil((deepest + chance.uniform(5, 16)) / 5);
}

/** Size of a picture in pixels and how it is made: straight at this size, or at twice the size and averaged down. */
export type PictureSize = { readonly rows: number; readonly columns: number; readonly fromNative?: boolean };

/** Takes the picture of one keyframe. */
export function keyframePicture(
  section: Section,
  keyframe: Keyframe,
  view: { readonly probe: Probe; readonly size: PictureSize },
): GreyPicture {
  const { probe, size } = view;
  const factor = size.fromNative === true ? 2 : 1;
  const rows = size.rows * factor;
  const columns = size.columns * factor;
  const body =
    keyframe.plane === null
      ? transverseBody(section.anatomy, keyframe.pose, keyframe.contrast)
      : longitudinalBody(section.anatomy, keyframe.plane, { pose: keyframe.pose, contrast: keyframe.contrast });
  const grid = { rows, columns, pixelMm: keyframe.depthMm / rows, originColumn: columns / 2 };
  const grey = picture(tissueMap(body, grid), probe, {
    scattererSeed: section.seed,
    electronicSeed: hash32(keyframe.seed, keyframe.pose.momentS),
    reverberationMm: 2.5 + (keyframe.seed % 64) / 16,
  });
  return factor === 1 ? grey : downsample(grey, factor);
}
