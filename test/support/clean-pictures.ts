// Simulated pictures without anything drawn on them, of a leg, a lung and a heart. In: a size. Out: pictures, and short cines of them.
import { compressionCine, compressionPicture } from '../../src/phantom/compression-cine.ts';
import { echoClip, echoPictures } from '../../src/phantom/echo-clip.ts';
import { examinedHeart } from '../../src/phantom/echo-study.ts';
import { keyframePicture, legSection } from '../../src/phantom/leg-section.ts';
import { drawLungProbe } from '../../src/phantom/lung-probe.ts';
import { lungPictures, lungScan } from '../../src/phantom/lung-scan.ts';
import { drawProbe } from '../../src/phantom/probe.ts';
import { randomFrom } from '../../src/phantom/random.ts';
import type { GreyPicture } from '../../src/phantom/speckle.ts';

export type Size = { readonly rows: number; readonly columns: number };

/** A picture as analysis reads it. */
export type Picture = Size & { readonly data: Uint8Array };

const pictureOf = ({ rows, columns, pixels }: GreyPicture): Picture => ({ rows, columns, data: Uint8Array.from(pixels) });

const probeOf = (seed: number) => drawProbe('alpha', randomFrom(seed, 'clean pictures'));

/** Cines by what they show: an open and a pressed vein, a beating heart, lungs with and without B-lines. */
export const CINES = {
  'leg, pressed': (size, frames) => {
    const cine = compressionCine({ seed: 5, route: 'LM1', compressibility: 'full', pressing: 'full', frames: 60 });
    return frames.map((frame) => pictureOf(compressionPicture(cine, frame, { probe: probeOf(5), size })));
  },
  'heart, apical': (size, frames) => {
    const chance = randomFrom(300, 'clean pictures');
    const clip = echoClip(examinedHeart(300), 'A4C', { chance, heartRate: 70 });
    const pictures = echoPictures(clip, { probe: probeOf(300), size });
    return frames.map((frame) => pictureOf(pictures.frame(frame)));
  },
  'heart, parasternal': (size, frames) => {
    const chance = randomFrom(301, 'clean pictures');
    const clip = echoClip(examinedHeart(301), 'PLAX', { chance, heartRate: 70 });
    const pictures = echoPictures(clip, { probe: probeOf(301), size });
    return frames.map((frame) => pictureOf(pictures.frame(frame)));
  },
  'lung with A-lines': (size, frames) => {
    const scan = drawLungProbe('convex', 'alpha', randomFrom(200, 'clean pictures'));
    return lungPictures(lungScan({ seed: 200, score: 0, scan, frames: 60 }), size, frames).map(pictureOf);
  },
  'lung with B-lines': (size, frames) => {
    const scan = drawLungProbe('linear', 'beta', randomFrom(201, 'clean pictures'));
    return lungPictures(lungScan({ seed: 201, score: 2, scan, frames: 60 }), size, frames).map(pictureOf);
  },
} as const satisfies Readonly<Record<string, (size: Size, frames: readonly number[]) => readonly Picture[]>>;

/** Stills of veins across and along. */
export function legStills(size: Size, seeds: readonly number[]): readonly Picture[] {
  return seeds.flatMap((seed) => {
    const section = legSection({ seed, grade: 'marked', keyframes: 3 });
    return section.keyframes.map((keyframe) => pictureOf(keyframePicture(section, keyframe, { probe: probeOf(seed), size })));
  });
}
