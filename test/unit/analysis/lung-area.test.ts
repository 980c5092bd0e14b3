import { describe, expect, test } from '@jest/globals';
import { areaWordsOf, codedAreaWords, lungAreaOf, numbersAreTrusted } from '../../../src/analysis/lung-area.ts';
import type { InstanceHeader } from '../../../src/contracts/instance.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { areaCode, areaWords, lungPlaces } from '../../../src/phantom/lung-areas.ts';

const header = (changes: Partial<InstanceHeader> = {}): InstanceHeader => ({
  sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
  sopInstanceUid: '2.25.11',
  studyInstanceUid: '2.25.1',
  seriesInstanceUid: '2.25.2',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  accessionNumber: '',
  modality: 'US',
  bodyPartExamined: 'LUNG',
  studyDescription: 'US LUNG',
  seriesDescription: '',
  protocolName: '',
  imageComments: '',
  viewName: '',
  laterality: '',
  anatomicRegion: [],
  viewCode: [],
  imageType: [],
  instanceNumber: 1,
  numberOfFrames: 30,
  rows: 600,
  columns: 800,
  manufacturer: '',
  manufacturerModelName: '',
  ...changes,
});
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
      expect(lungAreaOf(header({ laterality: at.side }), coded(at.area), true)).toMatchObject({
        ...expected,
        areaSource: 'coded',
      });
      expect(lungAreaOf(header(), coded(at.area), true)).toMatchObject({ ...expected, areaSource: 'coded', sideSource: 'coded' });
      const texts = [
        `${at.side}${at.area}`,
        areaWords(at),
        `LUS ${String(at.area).padStart(2, '0')}`,
        `${side} ${at.surface} ${at.height}`,
      ];
      for (const seriesDescription of texts) {
        expect(lungAreaOf(header({ seriesDescription }), {}, true)).toMatchObject({
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
      expect(lungAreaOf(header({ seriesDescription }), {}, true).area).toBeNull();
    }
    expect(lungAreaOf(header({ seriesDescription: 'RIGHT BASAL' }), {}, true)).toMatchObject({
      side: 'right',
      areaSource: 'none',
    });
    expect(lungAreaOf(header({ laterality: 'R', seriesDescription: 'posterior basal' }), {}, true).area).toBe(1);
  });

  test('is taken from the code where a text says another, with a note', () => {
    const found = lungAreaOf(header({ laterality: 'R', seriesDescription: 'R2' }), coded(1), true);
    expect(found).toMatchObject({ area: 1, areaSource: 'coded' });
    expect(found.notes).toEqual([
      'SeriesDescription says area 2, AnatomicRegionSequence says 1; AnatomicRegionSequence was taken.',
    ]);
  });

  test('is not taken when it lies on the other side than the coded one', () => {
    const found = lungAreaOf(header({ laterality: 'L', imageComments: 'R1 POST BASAL' }), {}, true);
    expect(found).toMatchObject({ area: null, areaSource: 'none', side: 'left', sideSource: 'coded' });
    expect(found.notes[0]).toMatch(/not on the left side/);
  });

  test('is not read from R and L names of a study that numbers each side by itself', () => {
    const headers = [header({ seriesDescription: 'R1' }), header({ seriesDescription: 'L1' })];
    expect(numbersAreTrusted(headers)).toBe(false);
    expect(numbersAreTrusted([header({ seriesDescription: 'R1' }), header({ seriesDescription: 'L4' })])).toBe(true);
    expect(lungAreaOf(header({ seriesDescription: 'R1' }), {}, false)).toMatchObject({ area: null });
    expect(lungAreaOf(header({ seriesDescription: 'R1 right posterior basal' }), {}, false)).toMatchObject({ area: 1 });
  });
});

describe('words of an area', () => {
  test('are read without regard to case and signs', () => {
    expect(areaWordsOf('lus-area_07, Rt. Lat/Base')).toEqual({
      areas: [{ area: 7, side: null }],
      sides: ['right'],
      surfaces: ['lateral'],
      heights: ['basal'],
    });
    expect(areaWordsOf('L14')).toMatchObject({ areas: [{ area: 14, side: 'left' }], sides: [] });
    expect(areaWordsOf('L15 R0 C5-1 2026')).toMatchObject({ areas: [] });
  });

  test('of codes that are not of the lung say nothing', () => {
    const other = { CodeValue: '7657000', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Femoral artery' };
    expect(codedAreaWords({ AnatomicRegionSequence: [other] })).toEqual({ areas: [], sides: [], surfaces: [], heights: [] });
  });
});
