// Prints what the text on the middle frame of each real picture says, as JSON by file: meanings only; the text itself is nowhere kept.
// A program of its own, since WebAssembly and pixels run many times slower inside the test runner.
import { annotationReader } from '../../src/analysis/annotation.ts';
import { VOCABULARY } from '../../src/analysis/label-words.ts';
import { labelsOfImage } from '../../src/analysis/labels-image.ts';
import { stopwatch } from '../../src/analysis/stopwatch.ts';
import { attributesOf, instanceHeader } from '../../src/dicom/attributes.ts';
import { openFrames } from '../../src/dicom/frames.ts';
import { openPart10 } from '../../src/dicom/part10.ts';
import { textReader } from '../../src/edge/text-reader.ts';
import { dataPath, dicomFiles } from './data.ts';

const LIMITS = { maxPixels: 8_000_000, maxFrames: 1000, maxFrameBytes: 32_000_000 };
const reader = textReader();

async function meaningsOn(file: string): Promise<unknown> {
  const stored = await openPart10(dataPath('us', file));
  const attributes = attributesOf(stored);
  const header = instanceHeader(attributes, stored.transferSyntaxUid);
  await stored.close();
  const source = await openFrames(dataPath('us', file), LIMITS);
  try {
    const texts = annotationReader(reader.read, {
      wanted: ['side', 'vein', 'landmark', 'compression', 'lungArea', 'echoView'],
      vocabulary: VOCABULARY,
    });
    const labels = await labelsOfImage(header, { attributes, source }, { texts, watch: stopwatch(() => 0) });
    return labels.statements.find((statement) => statement.source === 'text')?.meanings ?? [];
  } finally {
    await source.close();
  }
}

const read: Record<string, unknown> = {};
for (const file of dicomFiles('us')) read[file] = await meaningsOn(file);
console.log(JSON.stringify(read, null, 2));
await reader.close();
