import { describe, expect, test } from '@jest/globals';
import { labelsFrom, lungAreasOf } from '../../../src/analysis/labels.ts';
import type { LungArea } from '../../../src/analysis/labels-lung.ts';
import { statementsOf } from '../../../src/analysis/labels-statements.ts';
import type { InstanceHeader } from '../../../src/contracts/instance.ts';
import { codes, type Dataset } from '../../../src/dicom/dataset.ts';
import { areaCode, areaWords, lungPlaces } from '../../../src/phantom/lung-areas.ts';
import { header } from './clips.ts';

/** The areas of the instances of one study, by their headers and codes. */
const areasOf = (...study: readonly (readonly [Partial<InstanceHeader>, Dataset?])[]): LungArea[] =>
  lungAreasOf(
    study.map(([changes, attributes = {}]) => {
      const about = header({ ...changes, anatomicRegion: codes(attributes, 'AnatomicRegionSequence') });
      return labelsFrom(statementsOf(about, { attributes }));
    }),
  );
const areaOf = (changes: Partial<InstanceHeader>, attributes: Dataset = {}): LungArea => {
  const [found] = areasOf([changes, attributes]);
  if (found === undefined) throw new Error('one instance has one area');
  return found;
};
const coded = (area: number): Dataset => {
  const found = lungPlaces[area - 1];
  if (found === undefined) throw new RangeError(`no area ${area}`);
  return { AnatomicRegionSequence: [areaCode(found)] };
};

describe('the area of a cine', () => {
  test('follows from codes, from the names of the simulated screens and from plain words, for all fourteen', () => {
    for (const at of lungPlaces) {
      const side = at.side === 'L' ? 'left' : 'right';
      const expected = { area: at.area, side };
      expect(areaOf({ laterality: at.side }, coded(at.area))).toMatchObject({
        ...expected,
        areaSource: 'coded',
      });
      expect(areaOf({}, coded(at.area))).toMatchObject({ ...expected, areaSource: 'coded', sideSource: 'coded' });
      const texts = [
        `${at.side}${at.area}`,
        areaWords(at),
        `LUS ${String(at.area).padStart(2, '0')}`,
        `${side} ${at.surface} ${at.height}`,
      ];
      for (const seriesDescription of texts) {
        expect(areaOf({ seriesDescription })).toMatchObject({
          ...expected,
          areaSource: 'description',
          sideSource: 'description',
          notes: [],
        });
      }
    }
  });

  test('stays unknown when nothing or only a part of it is said', () => {
    for (const seriesDescription of [
      '',
      'LUNG',
      'RIGHT BASAL',
      'LUS 15',
      'POSTERIOR BASAL',
      'R1 R2',
      'LEFT LATERAL MIDDLE',
      'AREA 51',
    ]) {
      expect(areaOf({ seriesDescription }).area).toBeNull();
    }
    expect(areaOf({ seriesDescription: 'RIGHT BASAL' })).toMatchObject({
      side: 'right',
      areaSource: 'none',
    });
    expect(areaOf({ laterality: 'R', seriesDescription: 'posterior basal' }).area).toBe(1);
  });

  test('is taken from the code where a text says another, with a note', () => {
    const found = areaOf({ laterality: 'R', seriesDescription: 'R2' }, coded(1));
    expect(found).toMatchObject({ area: 1, areaSource: 'coded' });
    expect(found.notes).toEqual([
      'SeriesDescription says area 2, AnatomicRegionSequence says 1; AnatomicRegionSequence was taken.',
    ]);
  });

  test('is not taken when it lies on the other side than the coded one', () => {
    const found = areaOf({ laterality: 'L', imageComments: 'R1 POST BASAL' });
    expect(found).toMatchObject({ area: null, areaSource: 'none', side: 'left', sideSource: 'coded' });
    expect(found.notes[0]).toMatch(/not on the left side/);
  });

  test('is not read from R and L names of a study that numbers each side by itself', () => {
    const texts = (...study: readonly string[]) => areasOf(...study.map((seriesDescription) => [{ seriesDescription }] as const));
    expect(texts('R1', 'L4').map(({ area }) => area)).toEqual([1, 4]);
    expect(texts('R1', 'L1', 'R1 right posterior basal', 'LUS 09').map(({ area }) => area)).toEqual([null, null, 1, 9]);
  });

  test('is read without regard to case and signs, and not from what only looks like it', () => {
    expect(areaOf({ seriesDescription: 'lus-area_07, Rt. Lat/Base' })).toMatchObject({ area: 7, side: 'right' });
    expect(areaOf({ seriesDescription: 'L15 R0 C5-1 2026' })).toMatchObject({ area: null, side: 'unknown' });
  });

  test('is not told by codes of other parts of the body', () => {
    const other = { CodeValue: '7657000', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Femoral artery' };
    expect(areaOf({}, { AnatomicRegionSequence: [other] })).toMatchObject({ area: null, side: 'unknown' });
  });
});
