// A simulated lung examination as DICOM: what it says about itself, and that validator and DCMTK accept it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { items, number, text } from '../../../src/dicom/dataset.ts';
import { isValidUid } from '../../../src/dicom/uids.ts';
import { lungPlaces } from '../../../src/phantom/lung-areas.ts';
import { lungStudy } from '../../../src/phantom/lung-study.ts';
import { drawn } from '../../../src/phantom/phantom-image.ts';
import { screenStyles } from '../../../src/phantom/screen.ts';
import { writeLungStudy } from '../../../src/phantom/write.ts';
import { findings } from '../../support/dciodvfy.ts';
import { runTool } from '../../support/dcmtk.ts';

const small = {
  frames: 3,
  picture: { rows: 104, columns: 144 },
  areas: [
    { area: 1, score: 0 },
    { area: 13, score: 3 },
  ],
} as const;

describe('a simulated lung examination', () => {
  test('has a cine of each of the fourteen areas with a score of 0 to 3, right and left as the areas are numbered', () => {
    const { labels } = lungStudy({ seed: 5 });
    expect(labels.areas.map(({ area }) => area)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(labels.areas.map(({ side }) => side).join('')).toBe('RRRLLLRRLLRRLL');
    expect(labels.areas.every(({ score }) => [0, 1, 2, 3].includes(score))).toBe(true);
    expect(labels.areas.every(({ frames }) => frames >= 20 && frames <= 60)).toBe(true);
    expect(new Set(lungPlaces.map((at) => `${at.side} ${at.surface} ${at.height}`)).size).toBe(14);
  });

  test('is the same for the same wish and another for another seed', () => {
    const bytes = (seed: number): string =>
      lungStudy({ seed, style: 'south', ...small })
        .images.map(drawn)
        .map(({ frames, attributes }) => `${attributes['SOPInstanceUID']} ${Buffer.concat(frames).toString('base64')}`)
        .join('\n');
    const [one, again, other] = [bytes(3), bytes(3), bytes(4)];
    expect(one === again).toBe(true);
    expect(one === other).toBe(false);
  });

  test('says in every name and number that its patient is invented, and names area and side in words, codes and on the screen', () => {
    for (const style of screenStyles) {
      const { images, labels } = lungStudy({ seed: 7, style, ...small });
      for (const [n, { attributes, frames }] of images.entries()) {
        const label = labels.areas[n];
        expect(text(attributes, 'PatientName')).toBe('PHANTOM^LUNG 7');
        expect(text(attributes, 'PatientID')).toBe('PHANTOM-7');
        expect(text(attributes, 'AccessionNumber')).toBe(labels.accessionNumber);
        expect(text(attributes, 'SOPInstanceUID')).toBe(label?.sopInstanceUid);
        expect(text(attributes, 'StudyInstanceUID')).toBe(labels.studyInstanceUid);
        expect(text(attributes, 'ImageLaterality')).toBe(label?.side);
        expect(text(attributes, 'SeriesDescription').split(' ')[0]).toBe(`${label?.side}${label?.area}`);
        const region = items(attributes, 'AnatomicRegionSequence')[0] ?? {};
        expect(text(region, 'CodeMeaning')).toBe('Lower zone of lung');
        expect(items(region, 'AnatomicRegionModifierSequence').map((item) => text(item, 'CodeMeaning'))).toEqual(
          n === 0 ? ['Right', 'Posterior'] : ['Left', 'Anterior'],
        );
        expect(number(attributes, 'NumberOfFrames')).toBe(frames);
        expect(label?.frames).toBe(frames);
      }
    }
  });

  test('has valid UIDs, one for each cine and each series', () => {
    const { images } = lungStudy({ seed: 9, style: 'south', ...small });
    const uids = images.flatMap(({ attributes }) => [text(attributes, 'SOPInstanceUID'), text(attributes, 'SeriesInstanceUID')]);
    expect(new Set(uids).size).toBe(4);
    expect(uids.every(isValidUid)).toBe(true);
  });

  test('keeps all writing outside the region of the picture, whose scale is that of the probe', () => {
    for (const style of screenStyles) {
      for (const probeKind of ['convex', 'linear'] as const) {
        const wish = { seed: 11, style, probeKind, frames: 1, areas: [{ area: 2, score: 1 }] } as const;
        const [instance] = lungStudy(wish).images.map(drawn);
        if (instance === undefined) throw new Error('no instance');
        const region = items(instance.attributes, 'SequenceOfUltrasoundRegions')[0] ?? {};
        const at = (keyword: string): number => number(region, keyword) ?? Number.NaN;
        const rows = at('RegionLocationMaxY1') - at('RegionLocationMinY0') + 1;
        const columns = at('RegionLocationMaxX1') - at('RegionLocationMinX0') + 1;
        expect(at('RegionLocationMaxX1')).toBeLessThan(instance.columns);
        expect(at('RegionLocationMaxY1')).toBeLessThan(instance.rows);
        expect(rows).toBe(418);
        const depthCm = rows * at('PhysicalDeltaY');
        if (probeKind === 'linear') {
          expect(columns * at('PhysicalDeltaX')).toBeGreaterThan(3.7);
          expect(columns * at('PhysicalDeltaX')).toBeLessThan(5.1);
          expect(depthCm).toBeGreaterThanOrEqual(4 - 1e-9);
          expect(depthCm).toBeLessThanOrEqual(6.5 + 1e-9);
        } else {
          expect(columns).toBe(578);
          expect(depthCm).toBeGreaterThan(8);
          expect(depthCm).toBeLessThan(18);
        }
      }
    }
  });

  test('is written as files in which dciodvfy finds nothing, which DCMTK decodes, with its labels beside them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lung-study-'));
    try {
      for (const [n, style] of screenStyles.entries()) {
        const dir = join(folder, style);
        const { files, labels } = await writeLungStudy(dir, { seed: 13 + n, style, ...small });
        expect(files).toHaveLength(2);
        for (const file of files) {
          expect(await findings(file)).toEqual([]);
          const { code, output } = await runTool('dcmj2pnm', ['+F', '3', '+on', file, join(dir, 'frame.png')]);
          expect({ code, output }).toEqual({ code: 0, output: '' });
        }
        expect(JSON.parse(readFileSync(join(dir, 'labels.json'), 'utf8'))).toEqual(labels);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
