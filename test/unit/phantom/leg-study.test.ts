// A simulated leg examination as DICOM: what it says about itself, and that DCMTK reads it back.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { items, number, text } from '../../../src/dicom/dataset.ts';
import { EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS } from '../../../src/dicom/transfer-syntaxes.ts';
import { isValidUid } from '../../../src/dicom/uids.ts';
import { legStudy } from '../../../src/phantom/leg-study.ts';
import { drawn } from '../../../src/phantom/phantom-image.ts';
import { screenStyles } from '../../../src/phantom/screen.ts';
import { phantomFile, writeLegStudy } from '../../../src/phantom/write.ts';

const small = {
  sections: [
    { side: 'L', vein: 'FV', sec: 'marked', keyframes: 3 },
    { side: 'R', vein: 'POP', sec: 'absent', keyframes: 3 },
  ],
  cines: 0,
  picture: { rows: 104, columns: 144 },
} as const;

const peer = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error(`${program} is missing: npm run set-up`);
    throw error;
  }
};

describe('a simulated leg examination', () => {
  test('says in every name and number that its patient is invented', () => {
    const { images } = legStudy({ seed: 7, ...small });
    for (const { attributes } of images) {
      expect(text(attributes, 'PatientName')).toBe('PHANTOM^LEG 7');
      expect(text(attributes, 'PatientID')).toBe('PHANTOM-7');
      expect(text(attributes, 'AccessionNumber')).toBe('PH7');
    }
  });

  test('gives side and vein in the words or codes of a department, in each style of screen', () => {
    for (const style of screenStyles) {
      const { images, labels } = legStudy({ seed: 8, style, ...small });
      expect(images).toHaveLength(labels.instances.length);
      for (const [n, { attributes }] of images.entries()) {
        const label = labels.instances[n];
        const words = ['SeriesDescription', 'ProtocolName', 'ImageComments']
          .map((keyword) => text(attributes, keyword))
          .join(' ');
        expect(words).toContain(label?.side === 'L' ? 'LT FV' : 'RT POP');
        expect(text(attributes, 'ImageLaterality') || text(attributes, 'Laterality')).toBe(label?.side);
      }
      expect(images.some(({ attributes }) => items(attributes, 'AnatomicRegionSequence').length === 1)).toBe(true);
    }
  });

  test('has valid UIDs, one for each image, one study, and series whose attributes agree', () => {
    const { images, labels } = legStudy({ seed: 9, style: 'south', ...small });
    const uids = images.map(({ attributes }) => text(attributes, 'SOPInstanceUID'));
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids.every(isValidUid)).toBe(true);
    expect(new Set(images.map(({ attributes }) => text(attributes, 'StudyInstanceUID')))).toEqual(
      new Set([labels.studyInstanceUid]),
    );
    const protocols = new Map<string, string>();
    for (const { attributes } of images) {
      const series = text(attributes, 'SeriesInstanceUID');
      expect(protocols.get(series) ?? text(attributes, 'ProtocolName')).toBe(text(attributes, 'ProtocolName'));
      protocols.set(series, text(attributes, 'ProtocolName'));
    }
  });

  test('names as witnesses images of its own, and none for a section without contrast', () => {
    const { labels } = legStudy({ seed: 10, ...small });
    const [marked, absent] = labels.sections;
    expect(marked?.witnesses.length).toBeGreaterThanOrEqual(1);
    for (const uid of marked?.witnesses ?? [])
      expect(labels.instances.find((label) => label.sopInstanceUid === uid)?.witness).toBe(true);
    expect(absent?.witnesses).toEqual([]);
  });

  test('keeps all writing outside the region of the picture', () => {
    for (const style of screenStyles) {
      const one = {
        ...small,
        style,
        picture: { rows: 418, columns: 578 },
        sections: [{ side: 'L', vein: 'FV', keyframes: 1 }],
      } as const;
      const [before] = legStudy({ seed: 11, ...one }).images.map(drawn);
      if (before === undefined) throw new Error('no instance');
      const region = items(before.attributes, 'SequenceOfUltrasoundRegions')[0] ?? {};
      const right = number(region, 'RegionLocationMaxX1') ?? 0;
      const bottom = number(region, 'RegionLocationMaxY1') ?? 0;
      expect(right - (number(region, 'RegionLocationMinX0') ?? 0) + 1).toBe(578);
      expect(bottom - (number(region, 'RegionLocationMinY0') ?? 0) + 1).toBe(418);
      expect(right).toBeLessThan(before.columns);
      expect(bottom).toBeLessThan(before.rows);
    }
  });

  test('has a cine of 20 to 40 frames in which the vein is pressed and let go', () => {
    const { images, labels } = legStudy({ seed: 12, style: 'south', ...small, cines: 1 });
    const at = labels.instances.findIndex((label) => label.compression === 'cine');
    const cine = images.map(drawn)[at];
    expect(cine?.frames.length).toBeGreaterThanOrEqual(20);
    expect(cine?.frames.length).toBeLessThanOrEqual(40);
    const apart = (a: number, b: number): number =>
      (cine?.frames[a] ?? new Uint8Array()).reduce((sum, level, i) => sum + Math.abs(level - (cine?.frames[b]?.[i] ?? 0)), 0);
    const middle = Math.round((cine?.frames.length ?? 0) * 0.55);
    expect(apart(0, middle)).toBeGreaterThan(3 * apart(0, 1));
  });

  test('is written as files that DCMTK reads, in three transfer syntaxes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leg-study-'));
    try {
      const { files, labels } = await writeLegStudy(folder, { seed: 13, style: 'north', ...small });
      const syntaxes = new Set<string>();
      for (const file of files) {
        const dump = peer('dcmdump', ['-Un', '+P', 'TransferSyntaxUID', '+P', 'StudyInstanceUID', file]);
        expect(dump).toContain(labels.studyInstanceUid);
        syntaxes.add(dump.match(/1\.2\.840\.10008\.1\.2[.\d]*/)?.[0] ?? '');
        peer('dcmj2pnm', ['+F', '1', '+on', file, join(folder, 'frame.png')]);
      }
      expect(syntaxes.size).toBe(3);
      expect(JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8'))).toEqual(labels);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('decodes from RLE to the very pixels that went in, in grey and in colour', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leg-rle-'));
    try {
      for (const style of ['south', 'north'] as const) {
        const [image] = legStudy({ seed: 14, style, ...small }).images;
        if (image === undefined) throw new Error('no image');
        const instance = drawn(image);
        writeFileSync(join(folder, 'rle.dcm'), await phantomFile(image, RLE_LOSSLESS));
        writeFileSync(join(folder, 'plain.dcm'), await phantomFile(image, EXPLICIT_LITTLE_ENDIAN));
        peer('dcmdrle', [join(folder, 'rle.dcm'), join(folder, 'decoded.dcm')]);
        const pixels = (file: string): Buffer => {
          const bytes = readFileSync(join(folder, file));
          return bytes.subarray(bytes.length - instance.rows * instance.columns * instance.samplesPerPixel);
        };
        expect(pixels('plain.dcm').equals(Buffer.from(instance.frames[0] ?? new Uint8Array()))).toBe(true);
        peer('dcm2pnm', ['+op', join(folder, 'decoded.dcm'), join(folder, 'decoded.pnm')]);
        peer('dcm2pnm', ['+op', join(folder, 'plain.dcm'), join(folder, 'plain.pnm')]);
        expect(readFileSync(join(folder, 'decoded.pnm')).equals(readFileSync(join(folder, 'plain.pnm')))).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
