import { describe, expect, test } from '@jest/globals';
import { items, numbers, text } from '../../../src/dicom/dataset.ts';
import { CINE, cineCapture, cinesOf } from '../../../src/report/capture-cine.ts';
import { cineFrames } from '../../../src/report/capture-cine-frames.ts';
import { structuredReport } from '../../../src/report/sr.ts';
import { itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { LUNG_RESULT, NAMES } from '../../support/capture-fixtures.ts';
import { ECHO_WITH_CINES, LUNG_WITH_CINES, readCine } from '../../support/cine-fixtures.ts';
import { RESULT } from '../../support/report-fixture.ts';
import { reportParts, TEMPLATES } from '../../support/report-objects.ts';

const facts = (result: typeof LUNG_WITH_CINES | typeof ECHO_WITH_CINES) => {
  const { source, installation, template, offsetMinutes } = reportParts(result);
  const statements = new Map(contentOf(result, template).statements.map((statement) => [statement.key, statement]));
  return { result, source, installation, template, offsetMinutes, statements };
};

describe('the cines of a result', () => {
  test('are those that were kept, under the keys of their statements', () => {
    expect(cinesOf(LUNG_WITH_CINES).map(({ key }) => key)).toEqual(['LUS area 01', 'LUS area 14']);
    expect(cinesOf(ECHO_WITH_CINES).map(({ key }) => key)).toEqual(['WMA A4C', 'WMA PLAX']);
    expect([...cinesOf(LUNG_RESULT), ...cinesOf(RESULT)]).toEqual([]);
  });

  test('say how fast they are played and which frames of which cine they show', () => {
    const [first, second] = cinesOf(LUNG_WITH_CINES);
    if (first === undefined || second === undefined) throw new Error('two cines were kept');
    const parts = facts(LUNG_WITH_CINES);
    const [one, other] = [first, second].map((play, index) =>
      cineCapture({ ...parts, statement: parts.statements.get(play.key) }, play, index + 1),
    );
    expect(one).toMatchObject({
      NumberOfFrames: '6',
      FrameIncrementPointer: '00181063',
      FrameTime: 450,
      CineRate: '2',
      RecommendedDisplayFrameRate: '2',
      Rows: CINE.height,
      Columns: CINE.width,
      InstanceNumber: '151',
    });
    expect(one).not.toHaveProperty('FrameLabelVector');
    const [source, ...more] = items(one ?? {}, 'SourceImageSequence');
    expect(more).toEqual([]);
    expect(numbers(source ?? {}, 'ReferencedFrameNumber')).toEqual([1, 10, 19, 28, 37, 46]);
    expect(text(one ?? {}, 'ImageComments')).toMatch(/^AI - RESEARCH USE ONLY.*score 3/su);
    expect(text(other ?? {}, 'InstanceNumber')).toBe('152');
    expect(text(other ?? {}, 'SOPInstanceUID')).not.toBe(text(one ?? {}, 'SOPInstanceUID'));
    expect(text(other ?? {}, 'SeriesInstanceUID')).toBe(text(one ?? {}, 'SeriesInstanceUID'));
  });

  test('are explanations of their statements in the report, and evidence of it', () => {
    const parts = reportParts(LUNG_WITH_CINES);
    if (parts.pages === null) throw new Error('there are pages');
    const cine = { key: 'LUS area 14', sopClassUid: parts.pages.sopClassUid, sopInstanceUid: '2.25.14' };
    const report = structuredReport({ ...parts, pages: { ...parts.pages, cines: [cine] } });
    const tree = treeOf(report);
    const groups = (tree === null ? [] : itemsIn(tree)).filter(({ children }) =>
      children.some(({ value }) => value.type === 'IMAGE' && value.sopInstanceUid === '2.25.14'),
    );
    expect(groups.map(({ children }) => children[0]?.value)).toEqual([{ type: 'TEXT', text: 'LUS area 14' }]);
    expect(JSON.stringify(report['CurrentRequestedProcedureEvidenceSequence'])).toContain('"2.25.14"');
  });
});

/** Mean absolute difference of two frames within rows. */
function difference(one: Uint8Array, other: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from * CINE.width * 3; at < to * CINE.width * 3; at += 1) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / ((to - from) * CINE.width * 3);
}

describe('the frames of a cine', () => {
  test.each([LUNG_WITH_CINES, ECHO_WITH_CINES])('of a $family result move below words that stand still', async (result) => {
    const parts = facts(result);
    const [play] = cinesOf(result);
    if (play === undefined) throw new Error('a cine was kept');
    const { length } = play.kept.frameNumbers;
    const frames = await cineFrames(play, {
      run: result.run,
      template: TEMPLATES[result.family],
      names: NAMES,
      statements: parts.statements,
      read: readCine(length),
    });
    expect(frames.map((frame) => frame.length)).toEqual(Array.from({ length }, () => CINE.width * CINE.height * 3));
    const [first, second, last] = [frames[0], frames[1], frames.at(-1)];
    if (first === undefined || second === undefined || last === undefined) throw new Error('there are several frames');
    expect(difference(first, last, 0, 60)).toBe(0);
    expect(difference(first, second, 80, 280)).toBeGreaterThan(1);
    expect(difference(first, last, 326, 358)).toBeGreaterThan(0.5);
    expect(difference(first, last, 362, CINE.height)).toBe(0);
  });

  test('are refused when a map is missing', async () => {
    const parts = facts(LUNG_WITH_CINES);
    const [play] = cinesOf(LUNG_WITH_CINES);
    if (play === undefined) throw new Error('a cine was kept');
    const { template, statements } = parts;
    const drawn = cineFrames(play, { run: LUNG_WITH_CINES.run, template, names: NAMES, statements, read: readCine(5) });
    await expect(drawn).rejects.toMatchObject({ code: 'model-output-invalid' });
  });
});
