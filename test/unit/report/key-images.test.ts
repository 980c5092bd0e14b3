// The key object selection of the frames that statements rest on: what it marks, and that the validator takes it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AnalysisResult } from '../../../src/contracts/finding.ts';
import { codes, type Dataset, items, numbers, text } from '../../../src/dicom/dataset.ts';
import { part10 } from '../../../src/dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../../src/dicom/transfer-syntaxes.ts';
import { keyImages } from '../../../src/report/key-images.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { findings } from '../../support/dciodvfy.ts';
import { runTool } from '../../support/dcmtk.ts';
import { EMPTY_RESULT, INSTALLATION, RESULT, SOURCE_HEADER } from '../../support/report-fixture.ts';
import { TEMPLATES } from '../../support/report-objects.ts';

const templateOf = (result: AnalysisResult) => {
  const found = Object.entries(TEMPLATES).find(([family]) => family === result.family);
  if (found === undefined) throw new Error(result.family);
  return found[1];
};
const selectionOf = (result: AnalysisResult): Dataset | null =>
  keyImages({
    result,
    statements: contentOf(result, templateOf(result)).statements,
    notice: result.run.notice,
    source: SOURCE_HEADER,
    installation: INSTALLATION,
    offsetMinutes: 0,
  });

const marked = (selection: Dataset | null) =>
  items(selection ?? {}, 'ContentSequence').flatMap((item) =>
    items(item, 'ReferencedSOPSequence').map((reference) => ({
      uid: text(reference, 'ReferencedSOPInstanceUID'),
      // A still is referred to without a frame number.
      frames: numbers(reference, 'ReferencedFrameNumber').length === 0 ? [1] : numbers(reference, 'ReferencedFrameNumber'),
    })),
  );

describe('key images', () => {
  test('mark the frames that the statements and their key frames name, each image once', () => {
    const selection = selectionOf(RESULT);
    expect(codes(selection ?? {}, 'ConceptNameCodeSequence')[0]).toMatchObject({ value: '113000', scheme: 'DCM' });
    const statements = contentOf(RESULT, templateOf(RESULT)).statements;
    const named = new Set(
      statements.flatMap(({ region, keyFrames }) => [
        ...(region === null ? [] : [`${region.sopInstanceUid} ${region.frameNumber}`]),
        ...keyFrames.map(({ frame }) => `${frame.sopInstanceUid} ${frame.frameNumber}`),
      ]),
    );
    expect(new Set(marked(selection).flatMap(({ uid, frames }) => frames.map((frame) => `${uid} ${frame}`)))).toEqual(named);
    expect(new Set(marked(selection).map(({ uid }) => uid)).size).toBe(marked(selection).length);
  });

  test('are not written when no statement was made', () => {
    expect(selectionOf(EMPTY_RESULT)).toBeNull();
  });

  test.each([RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT].map((result) => [result.family, result] as const))(
    'of %s are an object that dciodvfy and dsrdump take, in the study of their source',
    async (_family, result) => {
      const selection = selectionOf(result);
      expect(marked(selection).length).toBeGreaterThan(0);
      expect(text(selection ?? {}, 'StudyInstanceUID')).toBe(result.studyInstanceUid);
      const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-key-images-'));
      const file = path.join(folder, 'key-images.dcm');
      await writeFile(file, part10({ attributes: selection ?? {}, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }));
      expect(await findings(file)).toEqual([]);
      expect(await runTool('dsrdump', [file])).toMatchObject({ code: 0 });
      await rm(folder, { recursive: true });
    },
  );
});
