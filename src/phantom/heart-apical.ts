// In: a heart and a moment. Out: its cut through the apex: four chambers, two chambers, or four with the aortic root.
//
// Heart coordinates as in heart-ventricle.ts. In the four-chamber cuts `left` is the septum with the right heart behind it; in the
// two-chamber cut it is the inferior wall, with nothing behind it.

import type { HeartAnatomy } from './heart-anatomy.ts';
import { blood, edgeOf, facingOf, type HeartCut, leaflets, muscle, thinWall } from './heart-chamber.ts';
import type { HeartMoment } from './heart-cycle.ts';
import { type Strand, strandsAt } from './heart-strands.ts';
import { noPlace, ventricle, type WallShares } from './heart-ventricle.ts';
import { ridgedNoise, smoothNoise } from './texture.ts';

// Taken out of the global object once: they run for every pixel.
const { abs, hypot, max, min } = Math;

export type ApicalView = 'A4C' | 'A2C' | 'A5C' | 'SC4C';

/** The chambers of an apical cut at a moment. */
export function apicalCut(
  anatomy: HeartAnatomy,
  view: ApicalView,
  state: { readonly moment: HeartMoment; readonly shares: WallShares },
): HeartCut {
  const { moment, shares } = state;
  const { ventricle: shape, bloodDb, rightWallMm, valveDb } = anatomy;
  const lv = ventricle(shape, shares, moment.contraction);
  const { annulus } = lv;
  const base = (annulus.left + annulus.right) / 2;
  const root = view === 'A5C';
  const rightHeart = view !== 'A2C';

  const filled = 0.85 + 0.15 * moment.atrialFilling;
  const la = {
    d: root ? 15 : 1.5,
    v: base + 0.28 * anatomy.atriumLengthMm * filled,
    a: anatomy.atriumRadiusMm * filled * (root ? 0.8 : 1),
    b: 0.5 * anatomy.atriumLengthMm * filled,
  };
  const squeeze = 1 - 0.24 * moment.contraction;
  const tricuspid = base - 7 - 3 * moment.contraction;
  const septumD = -(shape.radiusMm + shape.wallMm * 0.9);
  const rv = {
    d: septumD - anatomy.rightRadiusMm * 0.35 * squeeze,
    v: 0.68 * base,
    a: anatomy.rightRadiusMm * 1.25 * squeeze,
    b: 0.5 * base,
  };
  const ra = {
    d: (root ? -6 : 0) - anatomy.atriumRadiusMm - la.a - 2.2 + la.d * (root ? 0 : 1),
    v: tricuspid + 0.3 * anatomy.atriumLengthMm * filled,
    a: anatomy.atriumRadiusMm * filled * 0.98,
    b: 0.48 * anatomy.atriumLengthMm * filled,
  };

  const mitralLeft = { d: root ? 0.1 * annulus.half : -annulus.half * 0.92, v: annulus.left };
  const mitralRight = { d: annulus.half * 0.92, v: annulus.right };
  const strands: Strand[] = [
    ...leaflets(mitralLeft, mitralRight, {
      open: moment.inflow,
      leftMm: rightHeart ? 21 : 15,
      rightMm: rightHeart ? 14 : 19,
      levelDb: valveDb,
    }),
  ];
  if (rightHeart) {
    const hinge = ra.d + ra.a * 0.86;
    strands.push(
      ...leaflets(
        { d: ra.d - ra.a * 0.74, v: tricuspid + 1 },
        { d: hinge, v: tricuspid },
        { open: moment.inflow, leftMm: 19, rightMm: 13, levelDb: valveDb - 3 },
      ),
    );
  }
  const aorta = { d: -0.3 * shape.radiusMm, v: base - 3, halfMm: anatomy.aorticRadiusMm * 0.82, lengthMm: 36, slope: -0.2 };
  if (root) {
    const height = aorta.v + 8;
    const middle = aorta.d + aorta.slope * 8;
    for (const side of [-1, 1]) {
      const tip = middle + side * aorta.halfMm * (0.08 + 0.78 * moment.outflow);
      strands.push({
        points: [
          { d: middle + side * aorta.halfMm, v: height - 5 },
          { d: tip, v: height + 5 },
        ],
        halfMm: 0.8,
        levelDb: valveDb - 1,
        specular: 0.02,
      });
    }
  }
  const strand = strandsAt(strands);
  const place = noPlace();
  const spot = { d: 0, v: 0, timeS: moment.timeS };
  const grain = { restD: 0, restV: 0, facing: 0, depthShare: 0, wallMm: 0 };

  return (d, v, beam, sample) => {
    lv.locate(d, v, place);
    const past = v - place.lengthMm;
    spot.d = d;
    spot.v = v;
    const { wall } = place;
    const rest = { d: place.restD, v: place.restV };

    if (root) {
      const away = v - aorta.v;
      const across = d - aorta.d - aorta.slope * away;
      if (away > -4 && away < aorta.lengthMm && abs(across) < aorta.halfMm + 2.4) {
        if (strand(spot, beam, sample)) return 0;
        if (abs(across) < aorta.halfMm) blood(sample, bloodDb, spot);
        else {
          thinWall(sample, anatomy.pericardiumDb - 6, 0.35 + facingOf(beam, 1, 0));
          sample.restX = rest.d;
          sample.restZ = rest.v;
        }
        return 0;
      }
    }
    if (wall < 0 && past < 0) {
      if (strand(spot, beam, sample)) return 0;
      // Trabeculae and the bases of papillary muscles: rough tissue that stands into the apical half of the cavity.
      const bush = smoothNoise(place.along * 9 + shape.texture, v * 0.07) - 0.42;
      if (abs(place.along) < 0.5 && -wall < 7 * bush) {
        grain.restD = rest.d;
        grain.restV = rest.v;
        grain.facing = 0.35;
        grain.depthShare = 1;
        grain.wallMm = 9;
        muscle(sample, anatomy, grain);
        return 0;
      }
      blood(sample, bloodDb, spot);
      return 0;
    }
    const taper = past <= -2 ? 1 : max(0, 1 - ((past + 2) / 5.5) ** 2);
    if (wall >= 0 && wall < place.thickness * taper) {
      grain.restD = rest.d;
      grain.restV = rest.v;
      grain.facing = facingOf(beam, place.normalD, place.normalV);
      grain.depthShare = wall / place.thickness;
      // Both faces of the septum are endocardium.
      grain.wallMm = rightHeart && d < 0 ? min(wall, place.thickness - wall) : wall;
      if (rightHeart && d < 0) grain.depthShare = min(grain.depthShare, 1 - grain.depthShare);
      muscle(sample, anatomy, grain);
      if (rightHeart && d < 0) sample.level += 5;
      // The fibrous ring that the valves hang on.
      if (past > -5) sample.level += 7;
      return 0;
    }
    if (strand(spot, beam, sample)) return 0;

    const toLa = past > -4 ? edgeOf(la, d, v) : 99;
    const toRa = rightHeart && v > tricuspid - 1 ? edgeOf(ra, d, v) : 99;
    const leftOfSeptum = rightHeart && d < 0 && wall >= place.thickness * taper;
    const toRv = leftOfSeptum && v < tricuspid ? edgeOf(rv, d, v) : 99;
    if (toLa < 0 || toRa < 0) {
      blood(sample, bloodDb + 1.5, spot);
      return 0;
    }
    if (toRv < 0) {
      blood(sample, bloodDb + 2, spot);
      // Coarse trabeculae and the moderator band of the right ventricle's apex.
      const bush = ridgedNoise(rest.d * 0.045 + shape.texture, rest.v * 0.03 + 40);
      if (bush > 0.8 + 0.35 * (v / base)) {
        sample.level = anatomy.muscleDb - 7 + 14 * (smoothNoise(rest.d * 0.2, rest.v * 0.2) - 0.5);
        sample.restX = rest.d;
        sample.restZ = rest.v;
      }
      return 0;
    }
    sample.restX = rest.d;
    sample.restZ = rest.v;
    if (toLa < 14 && toRa < 14 && toLa + toRa < 9) {
      // The septum between the atria lies along the beam; its thin middle hardly shows.
      const thin = abs(v - la.v) < la.b * 0.35;
      thinWall(sample, anatomy.pericardiumDb - (thin ? 14 : 6), 0.4);
      return 0;
    }
    const nearest = min(toLa, toRa);
    if (nearest < 2.6) {
      const chamber = toLa < toRa ? la : ra;
      const normalD = (d - chamber.d) / chamber.a ** 2;
      const normalV = (v - chamber.v) / chamber.b ** 2;
      const length = hypot(normalD, normalV) + 1e-9;
      thinWall(sample, anatomy.pericardiumDb - 3, facingOf(beam, normalD / length, normalV / length));
      return 0;
    }
    if (toRv < rightWallMm && d < rv.d + rv.a * 0.5) {
      grain.restD = rest.d;
      grain.restV = rest.v;
      const normalD = (d - rv.d) / rv.a ** 2;
      const normalV = (v - rv.v) / rv.b ** 2;
      grain.facing = facingOf(beam, normalD, normalV) / (hypot(normalD, normalV) + 1e-9);
      grain.depthShare = toRv / rightWallMm;
      grain.wallMm = toRv;
      muscle(sample, anatomy, grain);
      sample.level += 1;
      return 0;
    }
    const toLv = past < 4 ? wall - place.thickness : 99;
    const outside = min(toLv, nearest - 2.6, toRv - rightWallMm);
    // What lies between the chambers: fibrous tissue and fat.
    const between = leftOfSeptum && v > tricuspid - 2 && v < la.v && d > ra.d ? -1 : outside;
    if (between <= 0) {
      sample.level = anatomy.pericardiumDb - 9;
      sample.specular = 0;
      sample.loss = 0.02;
      return 0;
    }
    return between;
  };
}
