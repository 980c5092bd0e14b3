// A simulated echo examination: its pictures in numbers, its labels, and its DICOM as others see it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { items, number, text } from '../../../src/dicom/dataset.ts';
import { isValidUid } from '../../../src/dicom/uids.ts';
import { type EchoClip, type ExaminedHeart, echoClip, echoPictures } from '../../../src/phantom/echo-clip.ts';
import { drawEchoProbe } from '../../../src/phantom/echo-probe.ts';
import { echoStudy, examinedHeart } from '../../../src/phantom/echo-study.ts';
import { systolicShare } from '../../../src/phantom/heart-cycle.ts';
import { echoViews, segmentNames, segmentsOfView, viewClass } from '../../../src/phantom/heart-segments.ts';
import { drawn } from '../../../src/phantom/phantom-image.ts';
import type { Probe } from '../../../src/phantom/probe.ts';
import { randomFrom } from '../../../src/phantom/random.ts';
import { screenStyles } from '../../../src/phantom/screen.ts';
import { placeInFrame, sectorFrame } from '../../../src/phantom/sector.ts';
import { writeEchoStudy } from '../../../src/phantom/write.ts';

const small = { frames: 2, picture: { rows: 104, columns: 144 } } as const;
const size = { rows: 150, columns: 200 };
const heartRate = 60;
const probe: Probe = { ...drawEchoProbe('alpha', randomFrom(1)), gainDb: 4, looks: 2 };

/** An apical four-chamber clip in full light that starts at the R wave. */
function clearClip(heart: ExaminedHeart): EchoClip {
  const clip = echoClip(heart, 'A4C', { chance: randomFrom(heart.seed, 'clip'), heartRate, frameRate: 50, frames: 50 });
  return { ...clip, rhythm: { heartRate, startPhase: 0 }, window: { left: -1, right: 1, fade: 0.2, strips: [] } };
}

/** Mean grey of a small disc around a place in heart coordinates. */
function greyAt(clip: EchoClip, frame: number, place: { readonly d: number; readonly v: number }): number {
  const picture = echoPictures(clip, { probe, size }).frame(frame);
  const { x, z, angle } = clip.placement;
  const at = placeInFrame(sectorFrame(clip.sector, size), clip.sector, {
    x: x + place.d * Math.cos(angle) + place.v * Math.sin(angle),
    z: z - place.d * Math.sin(angle) + place.v * Math.cos(angle),
  });
  let sum = 0;
  let count = 0;
  for (let row = Math.floor(at.row - 2); row <= at.row + 2; row++) {
    for (let column = Math.floor(at.column - 2); column <= at.column + 2; column++) {
      sum += picture.pixels[row * picture.columns + column] ?? 0;
      count++;
    }
  }
  return sum / count;
}

/** A heart whose segments move by the given share. */
const heartWith = (seed: number, share: number): ExaminedHeart => {
  const heart = examinedHeart(seed, false);
  return { ...heart, ventriculogram: { motions: segmentNames.map(() => 'normal'), shares: segmentNames.map(() => share) } };
};

const endSystole = Math.round(systolicShare(heartRate) * (60 / heartRate) * 50);

const peer = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(
      '/bin/sh',
      ['-c', `command -v ${program} >/dev/null || exit 127; ${program} "$@" 2>&1`, program, ...args],
      {
        encoding: 'utf8',
      },
    );
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 127)
      throw new Error(`${program} is missing: npm run set-up`);
    throw error;
  }
};

describe('a picture of a simulated heart', () => {
  test('has dark blood in the middle of the left ventricle and a brighter septum beside it', () => {
    for (const seed of [1, 2, 3]) {
      const clip = clearClip(heartWith(seed, 1));
      const { radiusMm, wallMm, lengthMm } = clip.heart.anatomy.ventricle;
      const cavity = greyAt(clip, 0, { d: 0, v: lengthMm * 0.6 });
      const septum = greyAt(clip, 0, { d: -radiusMm - wallMm / 2, v: lengthMm * 0.6 });
      expect(septum).toBeGreaterThan(cavity + 30);
    }
  });

  test('shows muscle at the end of systole where blood was before if the wall moves, and less of it if the wall rests', () => {
    for (const seed of [4, 5]) {
      const inside = (heart: ExaminedHeart): { readonly before: number; readonly after: number } => {
        const clip = clearClip(heart);
        const { radiusMm, lengthMm } = heart.anatomy.ventricle;
        const place = { d: -radiusMm * 0.8, v: lengthMm * 0.5 };
        return { before: greyAt(clip, 0, place), after: greyAt(clip, endSystole, place) };
      };
      const moving = inside(heartWith(seed, 1));
      const resting = inside(heartWith(seed, 0));
      expect(moving.after).toBeGreaterThan(moving.before + 25);
      expect(moving.after).toBeGreaterThan(resting.after + 25);
      expect(resting.before).toBe(moving.before);
    }
  });

  test('is the same for the same seed, another for another, and black outside the sector', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => {
      const chance = randomFrom(seed);
      const clip = echoClip(examinedHeart(seed), 'PLAX', { chance, heartRate: 70 });
      return echoPictures(clip, { probe: drawEchoProbe('beta', chance), size }).frame(3);
    });
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(a?.pixels[0]).toBe(0);
    expect(a?.pixels[size.columns - 1]).toBe(0);
  });

  test('can be taken small for a network, made at twice the size', () => {
    const clip = clearClip(examinedHeart(9));
    const picture = echoPictures(clip, { probe, size: { rows: 56, columns: 56, fromNative: true } }).frame(0);
    expect([picture.rows, picture.columns, picture.pixels.length]).toEqual([56, 56, 56 * 56]);
    expect(Math.max(...picture.pixels)).toBeGreaterThan(60);
  });
});

describe('the plan of a simulated cine', () => {
  test('has 32 to 64 frames, one or two beats, at 30 to 60 frames a second, in every view', () => {
    for (const view of echoViews) {
      for (const rate of [52, 70, 96]) {
        const clip = echoClip(examinedHeart(3), view, { chance: randomFrom(rate, view), heartRate: rate });
        expect(clip.frames).toBeGreaterThanOrEqual(32);
        expect(clip.frames).toBeLessThanOrEqual(64);
        expect(clip.frameRate).toBeGreaterThanOrEqual(30);
        expect(clip.frameRate).toBeLessThanOrEqual(60);
        expect(clip.frames / clip.frameRate / (60 / rate)).toBeGreaterThan(0.8);
      }
    }
  });
});

describe('the labels of a simulated echo examination', () => {
  test('say of each cine its view, its heart rate, and those weak segments that it shows', () => {
    const { labels } = echoStudy({ seed: 21, wallMotionAbnormality: true, heartRate: 64, views: echoViews });
    expect(labels.wallMotionAbnormality).toBe(true);
    expect(labels.segments.length).toBeGreaterThanOrEqual(3);
    expect(labels.cines.map(({ view }) => view)).toEqual(echoViews);
    for (const cine of labels.cines) {
      expect(cine.viewClass).toBe(viewClass(cine.view));
      expect(cine.heartRate).toBe(64);
      expect(cine.wallMotionAbnormality).toBe(cine.segments.length > 0);
      const shown = segmentsOfView(cine.view);
      expect(cine.segments).toEqual(labels.segments.filter((segment) => shown.includes(segment.number)));
      for (const { number: n, name } of cine.segments) expect(segmentNames[n - 1]).toBe(name);
    }
  });

  test('name no segment when every wall moves', () => {
    const { labels } = echoStudy({ seed: 22, wallMotionAbnormality: false });
    expect(labels.wallMotionAbnormality).toBe(false);
    expect(labels.segments).toEqual([]);
    expect(labels.cines.every((cine) => !cine.wallMotionAbnormality)).toBe(true);
  });

  test('have tissue numbers that do not depend on the heart in the pictures, and say so', () => {
    const weak = echoStudy({ seed: 23, wallMotionAbnormality: true }).labels.tissue;
    const strong = echoStudy({ seed: 23, wallMotionAbnormality: false }).labels.tissue;
    expect(weak).toEqual(strong);
    expect(weak.note).toContain('independent of the images');
    expect(echoStudy({ seed: 24 }).labels.tissue).not.toEqual(weak);
  });
});

describe('a simulated echo examination', () => {
  test('says in every name and number that its patient is invented, with valid UIDs that the labels repeat', () => {
    const { images, labels } = echoStudy({ seed: 25, views: ['A4C', 'PSAX'], ...small });
    expect(images).toHaveLength(2);
    for (const [n, { attributes }] of images.entries()) {
      expect(text(attributes, 'PatientName')).toBe('PHANTOM^ECHO 25');
      expect(text(attributes, 'PatientID')).toBe('PHANTOM-25');
      expect(text(attributes, 'StudyInstanceUID')).toBe(labels.studyInstanceUid);
      expect(text(attributes, 'SOPInstanceUID')).toBe(labels.cines[n]?.sopInstanceUid);
      expect(isValidUid(text(attributes, 'SOPInstanceUID'))).toBe(true);
    }
  });

  test('is the same for the same wish, pixel for pixel', () => {
    const [one, other] = [1, 2].map(() => echoStudy({ seed: 26, views: ['A2C'], ...small }).images.map(drawn));
    expect(one).toEqual(other);
  });

  test('has a region of tissue in centimetres and below it a waveform region of the ECG in seconds', () => {
    for (const style of screenStyles) {
      const wish = { seed: 27, style, views: ['A4C'], frames: 1, picture: { rows: 418, columns: 578 } } as const;
      const [instance] = echoStudy(wish).images.map(drawn);
      if (instance === undefined) throw new Error('no instance');
      const [tissue = {}, trace = {}] = items(instance.attributes, 'SequenceOfUltrasoundRegions');
      expect(['RegionSpatialFormat', 'RegionDataType', 'PhysicalUnitsXDirection'].map((key) => number(tissue, key))).toEqual([
        1, 1, 3,
      ]);
      expect(['RegionSpatialFormat', 'RegionDataType', 'PhysicalUnitsXDirection'].map((key) => number(trace, key))).toEqual([
        4, 10, 4,
      ]);
      expect(number(trace, 'RegionLocationMinY0')).toBeGreaterThan(number(tissue, 'RegionLocationMaxY1') ?? 0);
      expect(number(trace, 'RegionLocationMaxY1')).toBeLessThan(instance.rows);
      expect(number(trace, 'RegionLocationMaxX1')).toBeLessThan(instance.columns);
      const depth = (number(tissue, 'PhysicalDeltaY') ?? 0) * 418;
      expect(depth).toBeGreaterThan(12);
      expect(depth).toBeLessThan(22);
    }
  });

  test('is written as files that dciodvfy finds no error in, with the labels beside them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'echo-study-'));
    try {
      for (const style of screenStyles) {
        const { files, labels } = await writeEchoStudy(folder, { seed: 28, style, views: ['A4C', 'A2C', 'SC4C'], ...small });
        expect(files).toHaveLength(3);
        for (const file of files) expect(peer('dciodvfy', ['-new', file])).not.toMatch(/^Error/m);
        expect(JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8'))).toEqual(labels);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
