// Thinning as the picture shows it, on simulated groins whose pressure is known: the tissue is thinned by a fifth under full pressure.
import { describe, expect, test } from '@jest/globals';
import { onCanvas } from '../../../src/analysis/clip-planes.ts';
import { areaAverage } from '../../../src/analysis/picture.ts';
import { thinning } from '../../../src/analysis/pressing.ts';
import { compressionCine, compressionPicture } from '../../../src/phantom/compression-cine.ts';
import { SQUEEZE } from '../../../src/phantom/groin-transverse.ts';
import { drawProbe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';

const canvas = { rows: 150, columns: 150, skin: 23, end: 127 };

function thinned(seed: number, wish: Pick<Parameters<typeof compressionCine>[0], 'compressibility' | 'pressing'>) {
  const cine = compressionCine({ seed, route: 'LM2', frames: 60, ...wish });
  const probe = drawProbe('gamma', randomFrom(seed, 'probe'));
  const frames = [...cine.moments.keys()].filter((frame) => frame % 4 === 2);
  const planes = frames.map((frame) => {
    const { rows, columns, pixels } = compressionPicture(cine, frame, { probe, size: { rows: 104, columns: 144 } });
    return areaAverage(onCanvas({ rows, columns, data: pixels }, 150), 150, 150);
  });
  const found = thinning(planes, canvas);
  return frames.map((frame, at) => ({ truth: SQUEEZE * (cine.moments[frame]?.pose.compression ?? 0), found: found[at] ?? null }));
}

describe('thinning of the tissue', () => {
  test.each([
    ['a vein that closes', 'full'],
    ['a vein that does not', 'none'],
  ] as const)('follows the pressure over %s', (_, compressibility) => {
    const pairs = thinned(11, { compressibility, pressing: 'full' });
    const measured = pairs.flatMap(({ truth, found }) => (found === null ? [] : [Math.abs(found - truth)]));
    expect(measured.length).toBeGreaterThan(pairs.length * 0.7);
    expect(measured.reduce((sum, error) => sum + error, 0) / measured.length).toBeLessThan(0.04);
  });

  test('stays small when nobody presses', () => {
    for (const { found } of thinned(12, { compressibility: 'none', pressing: 'not applied' }))
      expect(found ?? 0).toBeLessThan(0.08);
  });

  test('of no planes is nothing, and of empty ones is not known', () => {
    expect(thinning([], canvas)).toEqual([]);
    const empty = new Float32Array(150 * 150);
    expect(thinning([empty, empty], canvas)).toEqual([null, null]);
  });
});
