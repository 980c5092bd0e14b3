// In: a heart and chance. Out: what is true of an echo examination: of the patient, and of each cine.

import type { StudyLabels } from './examination.ts';
import {
  type EchoView,
  type SegmentName,
  segmentNames,
  segmentsOfView,
  type Ventriculogram,
  type ViewClass,
  type WallMotion,
} from './heart-segments.ts';
import type { Random } from './random.ts';

/** A segment that does not move as it should; numbers 1 to 17. */
export type AbnormalSegment = {
  readonly number: number;
  readonly name: SegmentName;
  readonly motion: Exclude<WallMotion, 'normal'>;
};

/** Tissue as cardiac magnetic resonance would measure it. Nothing of it is in the pictures. */
export type TissueNumbers = {
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly ecvPercent: number;
  readonly lateEnhancement: boolean;
  readonly note: string;
};

/** What is true of one cine; `segments` are the abnormal ones that its view shows. */
export type EchoCineLabel = {
  readonly sopInstanceUid: string;
  readonly view: EchoView;
  readonly viewClass: ViewClass;
  readonly wallMotionAbnormality: boolean;
  readonly segments: readonly AbnormalSegment[];
  readonly heartRate: number;
  readonly frames: number;
  readonly frameRate: number;
};

export type EchoLabels = StudyLabels & {
  readonly heartRate: number;
  readonly wallMotionAbnormality: boolean;
  readonly segments: readonly AbnormalSegment[];
  readonly tissue: TissueNumbers;
  readonly cines: readonly EchoCineLabel[];
};

/** The abnormal segments of a heart, in the order of their numbers; with a view: those that it shows. */
export function abnormalSegments(ventriculogram: Ventriculogram, view?: EchoView): readonly AbnormalSegment[] {
  const shown = view === undefined ? null : segmentsOfView(view);
  return segmentNames.flatMap((name, index): AbnormalSegment[] => {
    const motion = ventriculogram.motions[index];
    if (motion === undefined || motion === 'normal') return [];
    return shown === null || shown.includes(index + 1) ? [{ number: index + 1, name, motion }] : [];
  });
}

/** Draws the tissue numbers. They come from chance alone: echo pictures do not foretell them, so a phantom must not either. */
export function drawTissueNumbers(chance: Random): TissueNumbers {
  const one = (low: number, high: number): number => Math.round(10 * chance.uniform(low, high)) / 10;
  return {
    t1Ms: Math.round(chance.uniform(960, 1140)),
    t2Ms: one(44, 66),
    ecvPercent: one(23, 40),
    lateEnhancement: chance.chance(0.4),
    note: 'drawn at random, independent of the images: nothing in the pictures tells of them',
  };
}
