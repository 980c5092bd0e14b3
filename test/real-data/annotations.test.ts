import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { annotationReader } from '../../src/analysis/annotation.ts';
import { VOCABULARY } from '../../src/analysis/label-words.ts';
import { labelsOfImage } from '../../src/analysis/labels-image.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { attributesOf, instanceHeader } from '../../src/dicom/attributes.ts';
import { openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { textReader } from '../../src/edge/text-reader.ts';
import { dataPath, dicomFiles } from './data.ts';

const GOLDEN = path.join(import.meta.dirname, 'annotations.json');
const LIMITS = { maxPixels: 8_000_000, maxFrames: 1000, maxFrameBytes: 32_000_000 };

const reader = textReader();
afterAll(() => reader.close());

/** Meanings that were read off the middle frame; its text itself is nowhere kept. */
async function meaningsOn(file: string): Promise<unknown> {
  const stored = await openPart10(dataPath('us', file));
  const attributes = attributesOf(stored);
  const { transferSyntaxUid } = stored;
  await stored.close();
  const source = await openFrames(dataPath('us', file), LIMITS);
  try {
    const texts = annotationReader(reader.read, {
      wanted: ['side', 'vein', 'landmark', 'compression', 'lungArea', 'echoView'],
      vocabulary: VOCABULARY,
    });
    const labels = await labelsOfImage(
      instanceHeader(attributes, transferSyntaxUid),
      { attributes, source },
      { texts, watch: stopwatch(() => 0) },
    );
    return labels.statements.find((statement) => statement.source === 'text')?.meanings ?? [];
  } finally {
    await source.close();
  }
}

describe('text on real pictures', () => {
  // `UPDATE_GOLDEN=1` writes the list anew, to be reviewed against the pictures.
  test('says what the reviewed list tells, and no more', async () => {
    const read: Record<string, unknown> = {};
    for (const file of dicomFiles('us')) read[file] = await meaningsOn(file);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, `${JSON.stringify(read, null, 2)}\n`);
    expect(read).toEqual(JSON.parse(await readFile(GOLDEN, 'utf8')));
  });
});
