// In: a moment of a heart beat, as a share of it from the R wave. Out: how far ventricle, valves and atria are then, and the ECG's voltage.

// Taken out of the global object once: they run for every frame and every column of a trace.
const { exp, floor, max, min, sqrt } = Math;

/** The heart at one moment; every share is within [0, 1]. */
export type HeartMoment = {
  /** How far the ventricles have contracted: 0 at the end of diastole, 1 at the end of systole. */
  readonly contraction: number;
  /** How far the atria are filled: 0 after their own contraction, 1 at the end of ventricular systole. */
  readonly atrialFilling: number;
  /** How far the mitral and tricuspid valves are open. */
  readonly inflow: number;
  /** How far the aortic valve is open. */
  readonly outflow: number;
  /** Seconds since the first frame: blood and breathing go on with it. */
  readonly timeS: number;
};

/** A regular rhythm: beats per minute, and where in the beat the first frame lies (0: at the R wave). */
export type Rhythm = { readonly heartRate: number; readonly startPhase: number };

/** Share of the beat at a time, within [0, 1). */
export function phaseAt(rhythm: Rhythm, timeS: number): number {
  const beats = rhythm.startPhase + (timeS * rhythm.heartRate) / 60;
  return beats - floor(beats);
}

/**
 * Share of the beat from the R wave to the closing of the aortic valve: shorter, but a larger share, in a short beat
 * (electromechanical systole QS2 of Weissler et al., Circulation 1968;37:149), at most what leaves room for filling.
 */
export const systolicShare = (heartRate: number): number => min(0.52, ((0.546 - 0.0021 * heartRate) * heartRate) / 60);

function step(at: number, from: number, to: number): number {
  const share = min(1, max(0, (at - from) / (to - from)));
  return share * share * (3 - 2 * share);
}

/** The heart at a time after the first frame. */
export function heartMoment(rhythm: Rhythm, timeS: number): HeartMoment {
  const at = phaseAt(rhythm, timeS);
  const end = systolicShare(rhythm.heartRate);
  const early = step(at, end + 0.04, end + 0.04 + 0.4 * (0.9 - end));
  const late = step(at, 0.86, 0.985);
  return {
    contraction: step(at, 0.02, end) - 0.74 * early - 0.26 * late,
    atrialFilling: step(at, 0.04, end + 0.02) - 0.6 * early - 0.4 * late,
    inflow:
      step(at, end + 0.03, end + 0.09) -
      0.6 * step(at, end + 0.14, end + 0.14 + 0.4 * (0.86 - end)) +
      0.45 * step(at, 0.85, 0.9) -
      0.85 * step(at, 0.93, 0.995),
    outflow: step(at, 0.045, 0.08) - step(at, end - 0.04, end + 0.01),
    timeS,
  };
}

/** Waves of the ECG: centre (seconds from the R wave), width in seconds, height in millivolts. T follows the beat's length. */
const waves: readonly (readonly [number, number, number])[] = [
  [-0.16, 0.022, 0.13],
  [-0.026, 0.009, -0.1],
  [0, 0.0105, 1.1],
  [0.028, 0.01, -0.24],
];

/** Voltage of the trace at a share of the beat, millivolts. */
export function ecgMillivolt(rhythm: Rhythm, phase: number): number {
  const beatS = 60 / rhythm.heartRate;
  const wave = (atS: number, [centre, width, height]: readonly [number, number, number]): number =>
    height * exp(-((atS - centre) ** 2) / (2 * width * width));
  const tWave = [0.3 * sqrt(beatS), 0.045 * sqrt(beatS), 0.26] as const;
  let sum = 0;
  for (const atS of [phase * beatS, (phase - 1) * beatS]) for (const one of [...waves, tWave]) sum += wave(atS, one);
  return sum;
}
