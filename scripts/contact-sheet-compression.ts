// In: nothing. Out: the contact sheet of simulated compression cines: landmarks, a course of pressing for each kind of vein, whole screens.

import {
  type Compressibility,
  type CompressionCine,
  compressionCine,
  compressionPicture,
  type Route,
} from '../src/phantom/compression-cine.ts';
import { drawProbe, probeFamilies } from '../src/phantom/probe.ts';
import { randomFrom } from '../src/phantom/random.ts';
import type { Sheet, Tile } from './contact-sheet.ts';

const size = { rows: 418, columns: 578 };
const shares = [0.03, 0.3, 0.5, 0.97] as const;

function tilesOf(cine: CompressionCine, name: string): readonly Tile[] {
  const probe = drawProbe(probeFamilies[cine.seed % 3] ?? 'alpha', randomFrom(cine.seed, 'contact sheet'));
  return shares.map((share): Tile => {
    const frame = Math.floor(share * cine.moments.length);
    const truth = cine.moments[frame]?.truth;
    const area = truth?.openShare ?? null;
    const seen = truth === undefined || truth.landmark === 'background' ? 'other' : truth.landmark;
    const caption = `${name}: ${seen}${area === null ? '' : `, area ${Math.round(100 * area)} %`}`;
    return { ...compressionPicture(cine, frame, { probe, size }), samplesPerPixel: 1, caption };
  });
}

/** A row for each landmark and kind of vein, then cines elsewhere on the leg; four moments of each. */
export function compressionSheet(): Sheet {
  const kinds: readonly (readonly [Route, Compressibility])[] = [
    ['LM1', 'full'],
    ['LM2', 'full'],
    ['LM1', 'partial'],
    ['LM2', 'partial'],
    ['LM1', 'none'],
    ['LM2', 'none'],
    ['sweep', 'full'],
    ['thigh', 'full'],
    ['iliac', 'full'],
    ['lateral', 'full'],
  ];
  const tiles = kinds.flatMap(([route, compressibility], n) =>
    tilesOf(compressionCine({ seed: 500 + n, route, compressibility, pressing: 'full' }), `${route} ${compressibility}`),
  );
  return { tiles, perRow: 8, tile: { rows: 128, columns: 176 } };
}
