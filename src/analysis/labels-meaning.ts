// What one phrase or code says of an ultrasound image. Types only.
import type { EchoViewOrOther, Landmark } from '../contracts/finding.ts';

export type LungSurface = 'posterior' | 'lateral' | 'anterior';
export type LungHeight = 'basal' | 'middle' | 'upper';

/** What one phrase or code says. `other` is a vessel, or a view, that no model was made for. */
export type Meaning = {
  readonly side?: 'left' | 'right';
  readonly vein?: 'CFV' | 'FV' | 'POP' | 'other';
  readonly landmark?: Landmark;
  readonly orientation?: 'transverse' | 'longitudinal';
  readonly compression?: boolean;
  readonly surface?: LungSurface;
  readonly height?: LungHeight;
  /** Number of a lung area, 1 to 14, and the side written beside it ("R1"), if any: not always that of the area. */
  readonly area?: number;
  readonly areaSide?: 'left' | 'right';
  readonly echoView?: EchoViewOrOther;
};
