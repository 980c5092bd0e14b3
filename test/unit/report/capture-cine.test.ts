import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { FINDING } from '../../../src/dicom/codes.ts';
import { items, numbers, text } from '../../../src/dicom/dataset.ts';
import { rleFrame } from '../../../src/dicom/rle-encode.ts';
import { cineCapture, cinesOf } from '../../../src/report/capture-cine.ts';
import { cineFrames } from '../../../src/report/capture-cine-frames.ts';
import { CINE, movingBox, pictureBox } from '../../../src/report/capture-cine-layout.ts';
import { movingSvg } from '../../../src/report/capture-cine-moving.ts';
import { structuredReport } from '../../../src/report/sr.ts';
import { itemsIn, treeOf } from '../../../src/report/sr-tree.ts';
import { contentOf } from '../../../src/report/statements.ts';
import { DVT_RESULT, LUNG_RESULT, NAMES } from '../../support/capture-fixtures.ts';
import { DVT_WITH_CINES, ECHO_WITH_CINES, KEPT_SIZE, LUNG_WITH_CINES, readCine } from '../../support/cine-fixtures.ts';
import { mentions } from '../../support/page-words.ts';
import { RESULT } from '../../support/report-fixture.ts';
import { reportParts, TEMPLATES } from '../../support/report-objects.ts';

const facts = (result: typeof LUNG_WITH_CINES | typeof DVT_WITH_CINES | typeof ECHO_WITH_CINES) => {
  const { source, installation, template, offsetMinutes } = reportParts(result);
  const statements = new Map(contentOf(result, template).statements.map((statement) => [statement.key, statement]));
  return { result, source, installation, template, offsetMinutes, statements };
};

describe('the cines of a result', () => {
  test('are those that were kept, under the keys of their statements', () => {
    expect(cinesOf(LUNG_WITH_CINES).map(({ key }) => key)).toEqual(['LUS area 01', 'LUS area 14']);
    expect(cinesOf(ECHO_WITH_CINES).map(({ key }) => key)).toEqual(['WMA A4C', 'WMA PLAX']);
    expect(cinesOf(DVT_WITH_CINES).map(({ key }) => key)).toEqual(['DVT L SFJ', 'DVT L GSV', 'DVT R SFJ']);
    expect([...cinesOf(LUNG_RESULT), ...cinesOf(DVT_RESULT), ...cinesOf(RESULT)]).toEqual([]);
  });

  test('are none of a vein where the state of its lumen is not to be told', () => {
    const open = {
      id: 'open',
      concept: FINDING.veinCompressibility,
      threshold: 0.5,
      thresholdMethod: '',
      reporting: 'off',
    } as const;
    const { run } = DVT_WITH_CINES;
    expect(cinesOf({ ...DVT_WITH_CINES, run: { ...run, outputs: [...run.outputs, open] } })).toEqual([]);
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
  test.each([LUNG_WITH_CINES, DVT_WITH_CINES, ECHO_WITH_CINES])(
    'of a $family result move beside words that stand still',
    async (result) => {
      const parts = facts(result);
      const [play] = cinesOf(result);
      if (play === undefined) throw new Error('a cine was kept');
      const { length } = play.kept.frameNumbers;
      const drawn = cineFrames(play, {
        run: result.run,
        template: TEMPLATES[result.family],
        names: NAMES,
        statements: parts.statements,
        read: readCine(length),
      });
      const frames = await Array.fromAsync(drawn);
      expect(frames.map((frame) => frame.length)).toEqual(Array.from({ length }, () => CINE.width * CINE.height * 3));
      const [first, second, last] = [frames[0], frames[1], frames.at(-1)];
      if (first === undefined || second === undefined || last === undefined) throw new Error('there are several frames');
      const moving = movingBox(play.kind);
      expect(difference(first, last, 0, 26)).toBe(0);
      expect(difference(first, second, 60, moving.y - 4)).toBeGreaterThan(1);
      expect(difference(first, last, moving.y, moving.y + moving.height)).toBeGreaterThan(0.3);
      expect(difference(first, last, moving.y + moving.height, CINE.height)).toBe(0);
    },
  );

  test('are black where no picture shows anything, whatever a map says there', async () => {
    const { template, statements } = facts(LUNG_WITH_CINES);
    const [play] = cinesOf(LUNG_WITH_CINES);
    if (play === undefined) throw new Error('a cine was kept');
    const { rows, columns } = KEPT_SIZE;
    const { length } = play.kept.frameNumbers;
    const whole = readCine(length);
    const read = async (path: string): Promise<Uint8Array> => {
      if (path.endsWith('.json')) return whole(path);
      const data = new Uint8Array(rows * columns * length);
      for (let at = 0; at < data.length; at += 1) data[at] = at % columns < columns / 2 ? 5 : 90;
      return sharp(data, { raw: { width: columns, height: rows * length, channels: 1 } })
        .png()
        .toBuffer();
    };
    const [frame] = await Array.fromAsync(
      cineFrames(play, { run: LUNG_WITH_CINES.run, template, names: NAMES, statements, read }),
    );
    const box = pictureBox('lung', KEPT_SIZE, 0.5);
    const pixelAt = (share: number): readonly number[] => {
      const at = (Math.round(box.y + box.height / 2) * CINE.width + Math.round(box.x + box.width * share)) * 3;
      return [...(frame?.subarray(at, at + 3) ?? [])];
    };
    expect(pixelAt(0.25)).toEqual([0, 0, 0]);
    expect(Math.min(...pixelAt(0.75))).toBeGreaterThan(40);
  });

  test('take no more than 139 kB each of a lung that is nowhere black, so that 18 of them are 2.5 MB', async () => {
    const { template, statements } = facts(LUNG_WITH_CINES);
    const [play] = cinesOf(LUNG_WITH_CINES);
    if (play === undefined) throw new Error('a cine was kept');
    const { rows, columns } = KEPT_SIZE;
    const { length } = play.kept.frameNumbers;
    const maps = readCine(length);
    const data = Uint8Array.from({ length: rows * columns * length }, (_, at) => 20 + ((at * 7919) % 211));
    const raw = { width: columns, height: rows * length, channels: 1 } as const;
    const read = (path: string) => (path.endsWith('.json') ? maps(path) : sharp(data, { raw }).png().toBuffer());
    const { run } = LUNG_WITH_CINES;
    for await (const frame of cineFrames(play, { run, template, names: NAMES, statements, read }))
      expect(rleFrame(frame, CINE.width, 3).length).toBeLessThan(139_000);
  });

  test('are refused when a map is missing', async () => {
    const parts = facts(LUNG_WITH_CINES);
    const [play] = cinesOf(LUNG_WITH_CINES);
    if (play === undefined) throw new Error('a cine was kept');
    const { template, statements } = parts;
    const drawn = cineFrames(play, { run: LUNG_WITH_CINES.run, template, names: NAMES, statements, read: readCine(5) });
    await expect(Array.fromAsync(drawn)).rejects.toMatchObject({ code: 'model-output-invalid' });
  });
});

test('a picture with little black is shown smaller, so that its cine is no larger than others', () => {
  const [sector, full] = [0.4, 1].map((lit) => pictureBox('lung', KEPT_SIZE, lit));
  expect([sector?.width, sector?.height]).toEqual([290, 210]);
  expect((full?.width ?? 0) * (full?.height ?? 0)).toBeLessThanOrEqual(27_000);
  expect((full?.width ?? 0) / (full?.height ?? 1)).toBeCloseTo(290 / 210, 1);
});

test('a compression says of each frame whether the vein is open, and that there is no answer yet where there is none', () => {
  const [play] = cinesOf(DVT_WITH_CINES);
  if (play === undefined) throw new Error('a cine was kept');
  const [before, atRest, pressed] = [0, 1, 4].map((index) => movingSvg(play, index, DVT_WITH_CINES.run));
  const said = (svg = ''): readonly boolean[] => ['no answer yet', 'OPEN', 'CLOSED'].map((words) => mentions(svg, words));
  expect([before, atRest, pressed].map(said)).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});
