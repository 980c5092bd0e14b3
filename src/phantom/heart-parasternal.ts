// In: a heart and a moment. Out: its cut along the long axis from beside the breastbone: both ventricles, aortic root, left atrium.
//
// Heart coordinates as in heart-ventricle.ts; d grows towards the probe: `right` is the anteroseptal wall, `left` the inferolateral one.

import type { HeartAnatomy } from './heart-anatomy.ts';
import { blood, edgeOf, facingOf, type HeartCut, muscle, thinWall } from './heart-chamber.ts';
import type { HeartMoment } from './heart-cycle.ts';
import { bent, between, type Strand, strandsAt } from './heart-strands.ts';
import { noPlace, ventricle, type WallShares } from './heart-ventricle.ts';
import { smoothNoise } from './texture.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, hypot, max, min } = Math;

/** The cut at a moment. */
export function parasternalCut(
  anatomy: HeartAnatomy,
  state: { readonly moment: HeartMoment; readonly shares: WallShares },
): HeartCut {
  const { moment, shares } = state;
  const { ventricle: shape, bloodDb, valveDb, aorticRadiusMm, rightWallMm } = anatomy;
  const lv = ventricle(shape, shares, moment.contraction);
  const { annulus } = lv;
  const septumEnd = annulus.right;
  const filled = 0.84 + 0.16 * moment.atrialFilling;
  // The root follows the filling of the atrium behind it: towards the probe in systole.
  const root = { d: annulus.half - aorticRadiusMm * 0.5 + 2.5 * moment.atrialFilling, v: septumEnd, slope: 0.2 };
  const la = {
    d: root.d - aorticRadiusMm + 2 - anatomy.atriumRadiusMm * 0.95 * filled,
    v: annulus.left + anatomy.atriumLengthMm * 0.42,
    a: anatomy.atriumRadiusMm * 0.95 * filled,
    b: anatomy.atriumLengthMm * 0.5,
  };
  const rightDepth = anatomy.rightRadiusMm * 0.95 * (1 - 0.22 * moment.contraction);

  const front = { d: root.d - aorticRadiusMm - 0.5, v: septumEnd + 5 };
  const back = { d: -annulus.half * 0.97, v: annulus.left };
  const meeting = { d: between(front, back, 0.6).d, v: annulus.left - 5 };
  const frontOpen = { d: front.d + 6 * moment.inflow - 1, v: front.v - 24 };
  const backOpen = { d: back.d + 1.5, v: back.v - 13 };
  const strands: Strand[] = [
    {
      points: bent(
        front,
        between({ d: (front.d + meeting.d) / 2 + 1, v: front.v - 6 }, { d: front.d + 3, v: front.v - 13 }, moment.inflow),
        between(meeting, frontOpen, moment.inflow),
      ),
      halfMm: 1.1,
      levelDb: valveDb,
      specular: 0.05,
    },
    {
      points: bent(
        back,
        between({ d: (back.d + meeting.d) / 2, v: back.v - 1 }, { d: back.d + 3, v: back.v - 6 }, moment.inflow),
        between(meeting, backOpen, moment.inflow),
      ),
      halfMm: 1,
      levelDb: valveDb - 2,
      specular: 0.03,
    },
  ];
  for (const side of [-1, 1]) {
    const hingeV = root.v + 6;
    const middle = root.d + root.slope * 6;
    strands.push({
      points: bent(
        { d: middle + side * aorticRadiusMm * 0.92, v: hingeV },
        { d: middle + side * aorticRadiusMm * (0.35 + 0.5 * moment.outflow), v: hingeV + 1 },
        { d: middle + root.slope * 10 + side * aorticRadiusMm * (0.03 + 0.82 * moment.outflow), v: hingeV + 11 },
      ),
      halfMm: 0.6,
      levelDb: valveDb - 5,
      specular: 0.02,
    });
  }
  const strand = strandsAt(strands);
  const descending = { d: la.d - la.a - 15, v: la.v + 4, a: 11, b: 11 };
  const place = noPlace();
  const spot = { d: 0, v: 0, timeS: moment.timeS };
  const grain = { restD: 0, restV: 0, facing: 0, depthShare: 0, wallMm: 0 };

  return (d, v, beam, sample) => {
    lv.locate(d, v, place);
    const { wall, thickness } = place;
    const past = v - place.lengthMm;
    const rest = { d: place.restD, v: place.restV };
    spot.d = d;
    spot.v = v;
    const away = v - root.v;
    const middle = root.d + root.slope * away;
    // The sinuses bulge beyond the valve.
    const bulge = aorticRadiusMm * (1 + 0.14 * max(0, 1 - ((away - 11) / 9) ** 2));
    const across = abs(d - middle);
    if (past < 0 && wall < 0) {
      if (!strand(spot, beam, sample)) blood(sample, bloodDb, spot);
      return 0;
    }
    if (away > -1 && across < bulge) {
      if (!strand(spot, beam, sample)) blood(sample, bloodDb + 1, spot);
      return 0;
    }
    const isSeptum = d > 0;
    const taper = past <= -2 ? 1 : max(0, 1 - ((past + 2) / 5) ** 2);
    if (wall >= 0 && wall < thickness * taper) {
      grain.restD = rest.d;
      grain.restV = rest.v;
      grain.facing = facingOf(beam, place.normalD, place.normalV);
      grain.depthShare = wall / thickness;
      grain.wallMm = isSeptum ? min(wall, thickness - wall) : wall;
      if (isSeptum) grain.depthShare = min(grain.depthShare, 1 - grain.depthShare);
      muscle(sample, anatomy, grain);
      if (past > -4) sample.level += 6;
      return 0;
    }
    sample.restX = rest.d;
    sample.restZ = rest.v;
    if (away > -3 && across < bulge + 2.3) {
      thinWall(sample, anatomy.pericardiumDb - 2, facingOf(beam, 1, 0));
      return 0;
    }
    if (strand(spot, beam, sample)) return 0;
    // The mouth of the valve has no wall.
    if (past >= -3 && past < 15 && d > back.d + 0.05 * past && d < front.d) {
      blood(sample, bloodDb + 1, spot);
      return 0;
    }
    const toLa = past > -5 && d < middle ? edgeOf(la, d, v) : 99;
    if (toLa < 0) {
      blood(sample, bloodDb + 1.5, spot);
      return 0;
    }
    sample.restX = rest.d;
    sample.restZ = rest.v;
    if (toLa < 2.4) {
      const normalD = (d - la.d) / la.a ** 2;
      const normalV = (v - la.v) / la.b ** 2;
      thinWall(sample, anatomy.pericardiumDb - 1, facingOf(beam, normalD, normalV) / (hypot(normalD, normalV) + 1e-9));
      return 0;
    }
    const toDescending = edgeOf(descending, d, v);
    if (toDescending < 0) {
      blood(sample, bloodDb + 6, spot);
      return 0;
    }
    if (toDescending < 1.8) {
      thinWall(
        sample,
        anatomy.pericardiumDb - 6,
        facingOf(beam, d - descending.d, v - descending.v) / (hypot(d - descending.d, v - descending.v) + 1e-9),
      );
      return 0;
    }
    // The right ventricle and its outflow lie in front of septum and root.
    const ahead = away > 0 ? d - middle - bulge - 2.3 : wall - thickness * taper;
    const depth = rightDepth * (0.72 + 0.28 * min(1, max(0, v / 60))) + 2 * (smoothNoise(v * 0.05 + shape.texture, 3) - 0.5);
    if (d > 0 && v > 4 && ahead >= 0) {
      if (ahead < depth) {
        blood(sample, bloodDb + 4, spot);
        const bush = smoothNoise(v * 0.14 + shape.texture, ahead * 0.3);
        if (ahead > depth - 5 && bush > 0.66) {
          sample.level = anatomy.muscleDb;
          sample.restX = rest.d;
          sample.restZ = rest.v;
        }
        return 0;
      }
      if (ahead < depth + rightWallMm) {
        grain.restD = rest.d;
        grain.restV = rest.v;
        grain.facing = 0.7;
        grain.depthShare = (ahead - depth) / rightWallMm;
        grain.wallMm = ahead - depth;
        muscle(sample, anatomy, grain);
        return 0;
      }
      return ahead - depth - rightWallMm;
    }
    const toLv = past < 3 ? wall - thickness : 99;
    // Fat of the groove between atrium and ventricle, where the valve hangs.
    if (abs(v - annulus.left) < 6 && d < -annulus.half * 0.7 && d > -annulus.half - 9) {
      sample.level = anatomy.pericardiumDb - 8;
      sample.specular = 0;
      sample.loss = 0.02;
      return 0;
    }
    return max(0.01, min(toLv, toLa - 2.4, toDescending - 1.8 + 4, away > -3 ? across - bulge - 2.3 : 99));
  };
}
