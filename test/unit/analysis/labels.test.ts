import { describe, expect, test } from '@jest/globals';
import { meaningsOf } from '../../../src/analysis/label-words.ts';
import { labelsOf } from '../../../src/analysis/labels.ts';
import { header } from './clips.ts';

const code = (value: string, scheme = 'SCT') => ({ value, scheme, meaning: 'x' });

describe('labels of an instance', () => {
  test.each([
    ['LT FV TRANS W/ COMP', 'left', 'FV', 'transverse', true],
    ['RT POP LONG', 'right', 'POP', 'longitudinal', null],
    ['R CFV TRV W/O COMP', 'right', 'CFV', 'transverse', false],
    ['Left Common Femoral Vein sagittal', 'left', 'CFV', 'longitudinal', null],
    ['lt_sfv_mid_trans', 'left', 'FV', 'transverse', null],
    ['RIGHT SUPERFICIAL FEMORAL VEIN', 'right', 'FV', null, null],
    ['LLE VEN popliteal noncompressed', 'left', 'POP', null, false],
    ['L CFV compressed', 'left', 'CFV', null, true],
    ['Uncompressed', 'unknown', 'unknown', null, null],
    ['RT POP JPEG compressed', 'right', 'POP', null, null],
    ['Lossy compression of left CFV', 'left', 'CFV', null, null],
    ['ABDOMEN', 'unknown', 'unknown', null, null],
    ['', 'unknown', 'unknown', null, null],
  ] as const)('"%s" says %s, %s, %s, compression %s', (seriesDescription, side, vein, orientation, compression) => {
    const labels = labelsOf(header({ seriesDescription }));
    expect({ side: labels.side, vein: labels.vein, orientation: labels.orientation, compression: labels.compression }).toEqual({
      side,
      vein,
      orientation,
      compression,
    });
    expect(labels.sideSource).toBe(side === 'unknown' ? 'none' : 'description');
    expect(labels.veinSource).toBe(vein === 'unknown' ? 'none' : 'description');
  });

  test('codes come before texts, and a text that disagrees is noted without being quoted', () => {
    const labels = labelsOf(header({ laterality: 'L', anatomicRegion: [code('56849005')], imageComments: 'RT FV Mustermann' }));
    expect([labels.side, labels.sideSource, labels.vein, labels.veinSource]).toEqual(['left', 'coded', 'POP', 'coded']);
    expect(labels.notes).toEqual([
      'ImageComments says side right, Laterality says left; Laterality was taken.',
      'ImageComments says vein FV, AnatomicRegionSequence says POP; AnatomicRegionSequence was taken.',
    ]);
  });

  test('retired SNOMED-RT codes and body part terms are known', () => {
    expect(labelsOf(header({ anatomicRegion: [code('T-49650', 'SRT')] })).vein).toBe('POP');
    expect(labelsOf(header({ anatomicRegion: [code('G-035B', 'SNM3')] })).vein).toBe('CFV');
    expect(labelsOf(header({ bodyPartExamined: 'FEMORALV' })).vein).toBe('FV');
    expect(labelsOf(header({ viewCode: [code('38717003')] })).orientation).toBe('longitudinal');
  });

  test('a text that names two veins decides nothing and is noted', () => {
    const labels = labelsOf(header({ seriesDescription: 'CFV AND POP LEFT' }));
    expect(labels.vein).toBe('unknown');
    expect(labels.notes).toEqual(['SeriesDescription names more than one vein (CFV, POP).']);
  });

  test('a disagreement on the side, the view or the compression is told beside those on the vein', () => {
    const labels = labelsOf(
      header({ imageComments: 'LT SFJ TRANS COMP', seriesDescription: 'RT SFJ LONG NO COMP', viewCode: [code('38717003')] }),
    );
    expect([labels.side, labels.compression, labels.orientation]).toEqual(['left', true, 'longitudinal']);
    expect(labels.sideNotes).toEqual(['SeriesDescription says side right, ImageComments says left; ImageComments was taken.']);
    expect(labels.viewNotes).toEqual([
      'ImageComments says view transverse, ViewCodeSequence says longitudinal; ViewCodeSequence was taken.',
      'SeriesDescription says compression without, ImageComments says with; ImageComments was taken.',
    ]);
  });

  test('the text of the image comes before that of the series', () => {
    const labels = labelsOf(header({ imageComments: 'LT CFV', seriesDescription: 'RT POP' }));
    expect([labels.side, labels.vein, labels.notes.length]).toEqual(['left', 'CFV', 2]);
  });

  test('the study tells the side at most, and a bilateral study contradicts nobody', () => {
    expect(labelsOf(header({ studyDescription: 'US FEM VEIN LEFT' }))).toMatchObject({ side: 'left', vein: 'unknown' });
    expect(labelsOf(header({ laterality: 'R', studyDescription: 'VEN LE BILATERAL' })).notes).toEqual([]);
  });

  test('arteries, the deep femoral and the saphenous veins are not taken for the three sections', () => {
    for (const seriesDescription of ['LT CFA', 'RT POP ART', 'LT PROFUNDA FEMORIS', 'L GSV', 'COMMON FEMORAL ARTERY']) {
      const labels = labelsOf(header({ seriesDescription }));
      expect(labels.vein).toBe('unknown');
      expect(labels.notes).toEqual(['The description names a vessel other than the femoral and popliteal veins.']);
    }
  });

  test('a very long text is read up to a limit', () => {
    expect(meaningsOf(`${'x '.repeat(5000)}LT`)).toEqual([]);
  });
});
