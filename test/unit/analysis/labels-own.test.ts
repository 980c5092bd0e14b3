import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { annotationsFileOf, readVocabulary } from '../../../src/analysis/annotation-file.ts';
import { meaningsOf, VOCABULARY } from '../../../src/analysis/label-words.ts';
import { vocabularyWith } from '../../../src/analysis/labels-own.ts';

describe('the abbreviations of a site', () => {
  test('are added to those of the project and replace them', () => {
    const own = vocabularyWith({
      phrases: [
        { says: { compression: false }, words: ['nc', 'S/C'] },
        { says: { vein: 'CFV', side: 'left' }, words: ['LV1'] },
        { says: { vein: 'other' }, words: ['FV'] },
      ],
    });
    expect(meaningsOf('IZQ NC', own)).toEqual([{ side: 'left' }, { compression: false }]);
    expect(meaningsOf('LV1 s/c', own)).toEqual([{ vein: 'CFV', side: 'left' }, { compression: false }]);
    expect(meaningsOf('LT FV', own)).toEqual([{ side: 'left' }, { vein: 'other' }]);
    expect(meaningsOf('LT FV')).toEqual([{ side: 'left' }, { vein: 'FV' }]);
  });

  test.each([
    [{}, 'annotations.json: phrases: expected a list'],
    [{ phrases: [{ says: { sides: 'left' }, words: ['X'] }] }, 'annotations.json: phrases[0].says.sides: unknown'],
    [
      { phrases: [{ says: { side: 'up' }, words: ['X'] }] },
      'annotations.json: phrases[0].says.side: expected one of left, right',
    ],
    [{ phrases: [{ says: { area: 15 }, words: ['X'] }] }, 'annotations.json: phrases[0].says.area: expected one of 1, 2'],
    [{ phrases: [{ says: { side: 'left' }, words: [] }] }, 'annotations.json: phrases[0].words: expected 1 to 50'],
    [{ phrases: [{ says: { side: 'left' }, words: ['--'] }] }, 'annotations.json: phrases[0].words: expected 1 to 50'],
    [{ phrases: [{ says: {}, words: ['X'] }] }, 'annotations.json: phrases[0].says: expected what the words say'],
    [{ phrases: [], words: [] }, 'annotations.json: words: unknown'],
  ])('are refused by the path of what is wrong: %j', (file, sentence) => {
    expect(() => vocabularyWith(file)).toThrow(sentence);
  });

  test('may be none, as in the file of the project, which stands in where the folder of the site has none', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sonorelay-words-'));
    try {
      expect(annotationsFileOf(folder)).toBe(annotationsFileOf(null));
      expect(await readVocabulary(annotationsFileOf(null))).toBe(VOCABULARY);
      writeFileSync(path.join(folder, 'annotations.json'), '{"phrases": [{"says": {"side": "left"}, "words": ["SIN"]}]}');
      expect(meaningsOf('SIN', await readVocabulary(annotationsFileOf(folder)))).toEqual([{ side: 'left' }]);
      writeFileSync(path.join(folder, 'annotations.json'), '{"phrases"');
      await expect(readVocabulary(annotationsFileOf(folder))).rejects.toMatchObject({ code: 'config-invalid' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
