// Headers of real and odd files: every one is read or refused by name, and names come out in their own script.
import { open } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { attributesOf, decodedAttributes, instanceHeader } from '../../src/dicom/attributes.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { openPart10, readHeaderOf } from '../../src/dicom/part10.ts';
import { isValidUid } from '../../src/dicom/uids.ts';
import { isFault } from '../../src/kernel/errors.ts';
import { allFiles, dataPath, dicomFiles } from './data.ts';

const attributesFrom = async (...parts: readonly string[]): Promise<Dataset> => {
  const file = await openPart10(dataPath(...parts));
  await file.close();
  return attributesOf(file);
};

const outcomeOf = async (path: string): Promise<string> => {
  try {
    const file = await openPart10(path);
    await file.close();
    instanceHeader(attributesOf(file), file.transferSyntaxUid);
    return file.truncated ? 'truncated' : 'read';
  } catch (problem) {
    if (isFault(problem)) return problem.code;
    throw problem;
  }
};

describe('headers of real ultrasound files', () => {
  test.each([
    ...dicomFiles('us').map((name) => `us/${name}`),
    ...dicomFiles('syntax-matrix').map((name) => `syntax-matrix/${name}`),
  ])('%s gives the record of an instance', async (name) => {
    const file = await openPart10(dataPath(name));
    await file.close();
    const header = instanceHeader(attributesOf(file), file.transferSyntaxUid);
    expect(file.truncated).toBe(false);
    // The Sonoque file names its instance in the file meta information only.
    if (name.startsWith('us/sonoque')) expect(header.sopInstanceUid).toBe('');
    else expect(isValidUid(header.sopInstanceUid)).toBe(true);
    expect(isValidUid(header.studyInstanceUid)).toBe(true);
    expect(header.rows).toBeGreaterThan(0);
    expect(header.columns).toBeGreaterThan(0);
    expect(file.pixelData).not.toBeNull();
  });

  test('are read from the first bytes that arrive', async () => {
    const file = await openPart10(dataPath('us', 'GREYSCALE_CINE.dcm'));
    const handle = await open(dataPath('us', 'GREYSCALE_CINE.dcm'));
    const head = Buffer.alloc(8192);
    await handle.read(head, 0, head.length, 0);
    await handle.close();
    await file.close();
    const dataSetAt = 144 + head.readUInt32LE(140);
    const early = readHeaderOf(head.subarray(dataSetAt), file.transferSyntaxUid, false);
    expect(early === null ? null : attributesOf(early)).toEqual(attributesOf(file));
  });
});

describe('names of patients', () => {
  test.each([
    ['chrArab', 'قباني^لنزار'],
    ['chrFren', 'Buc^Jérôme'],
    ['chrFrenMulti', 'Buc^Jérôme'],
    ['chrGerm', 'Äneas^Rüdiger'],
    ['chrGreek', 'Διονυσιος'],
    ['chrH31', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['chrH32', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう'],
    ['chrHbrw', 'שרון^דבורה'],
    ['chrI2', 'Hong^Gildong=洪^吉洞=홍^길동'],
    ['chrJapMulti', 'やまだ^たろう'],
    ['chrJapMultiExplicitIR6', 'やまだ^たろう'],
    ['chrKoreanMulti', '김희중'],
    ['chrRuss', 'Люкceмбypг'],
    ['chrX1', 'Wang^XiaoDong=王^小東='],
    ['chrX2', 'Wang^XiaoDong=王^小东='],
  ])('of %s are %s', async (name, expected) => {
    const file = await openPart10(dataPath('odd', `${name}.dcm`));
    await file.close();
    const { attributes, unsupportedCharacterSets } = decodedAttributes(file);
    expect(attributes.PatientName).toBe(expected);
    expect(unsupportedCharacterSets).toEqual([]);
  });

  test('in an item follow the character set of the item', async () => {
    const item = { PatientName: 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう' };
    expect(await attributesFrom('odd', 'chrSQEncoding.dcm')).toMatchObject({ RequestedProcedureCodeSequence: [item] });
    expect(await attributesFrom('odd', 'chrSQEncoding1.dcm')).toMatchObject({ RequestedProcedureCodeSequence: [item] });
  });

  test('in a character set that does not exist are flagged', async () => {
    const file = await openPart10(dataPath('us', 'sonoque_anechoic-3mm-3mm.dcm'));
    await file.close();
    expect(decodedAttributes(file).unsupportedCharacterSets).toEqual(['ISO_IR']);
  });
});

describe('odd files', () => {
  const NO_DICOM = ['FileInfo.txt', 'no_meta.dcm', 'zipMR.gz'];

  test.each(allFiles('odd'))('%s ends in a header or in a named fault', async (name) => {
    const expected = NO_DICOM.includes(name) ? 'dataset-not-understood' : name === 'rtplan_truncated.dcm' ? 'truncated' : 'read';
    expect(await outcomeOf(dataPath('odd', name))).toBe(expected);
  });

  test('without file meta information, or with an incomplete one, are read all the same', async () => {
    expect(await attributesFrom('odd', 'ExplVR_BigEndNoMeta.dcm')).toEqual(
      await attributesFrom('odd', 'ExplVR_LitEndNoMeta.dcm'),
    );
    expect(Object.keys(await attributesFrom('odd', 'no-meta-length-test.dcm'))).toHaveLength(7);
  });
});
