// Every field of a message, in both versions and for every family, in the eyes of python3-hl7.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import { unescapeText } from '../../src/hl7/escape.ts';
import { parseMessage } from '../../src/hl7/message.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../support/capture-fixtures.ts';
import { RESULT, SOURCE_HEADER } from '../support/report-fixture.ts';
import { messageOf } from '../support/report-objects.ts';
import { readBy } from '../support/report-read.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-message-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Segment name and fields; a field is repetitions of components of subcomponents. */
type Lists = readonly (readonly [string, readonly (readonly (readonly (readonly string[])[])[])[]])[];

/** The same by our own reader. */
const listsOf = (text: string): Lists =>
  (parseMessage(text)?.segments ?? []).map(({ name, fields }) => [
    name,
    fields
      .slice(name === 'MSH' ? 3 : 1)
      .map((field) =>
        field.split('~').map((repetition) => repetition.split('^').map((component) => component.split('&').map(unescapeText))),
      ),
  ]);

const NAMES: readonly (readonly [string, string])[] = [
  ['Gr\u00f6\u00dfe', 'Ren\u00e9e'],
  ['\u041b\u044e\u043a\u0441\u0435\u043c\u0431\u0443\u0440\u0433', '\u0418\u0432\u0430\u043d'],
  ['\u738b', '\u5c0f\u4e1c'],
  ['\u5c71\u7530', '\u592a\u90ce'],
];
const HOSTILE = 'A|B^C~D\\E&F';

test.each([RESULT, DVT_RESULT, LUNG_RESULT, ECHO_RESULT])(
  'a $family message with hostile letters, long texts, empty and repeated fields is read back as it was meant',
  async (result) => {
    const sentence = `${HOSTILE}, \u00c4\u0416\u738b\u5c71. `;
    const hostile: AnalysisResult = {
      ...result,
      skipped: result.skipped.map((one) => ({ ...one, sentence: sentence.repeat(100) })),
    };
    const messages = NAMES.flatMap(([family, given]) =>
      (['2.5.1', '2.3.1'] as const).map((version) => {
        const source = {
          ...SOURCE_HEADER,
          PatientName: `Latin^Name=${family}^${given}`,
          PatientID: '1|2^3~4&5',
          AccessionNumber: 'A|1&2',
        };
        return { family, given, version, text: messageOf(hostile, { source, destination: { version } }).message };
      }),
    );
    const files = messages.map((_, index) => path.join(folder, `${result.family}-${index}.hl7`));
    for (const [index, file] of files.entries()) await writeFile(file, messages[index]?.text ?? '');
    const read = await readBy<readonly Lists[]>('segments', ...files);
    expect(read).toHaveLength(messages.length);
    for (const [index, { family, given, version, text }] of messages.entries()) {
      const lists = read[index] ?? [];
      expect(lists).toEqual(listsOf(text));
      const fieldOf = (name: string, field: number) => lists.find(([segment]) => segment === name)?.[1][field - 1];
      expect(fieldOf('PID', 5)?.map((one) => [one[0], one[1], one[7]])).toEqual([
        [['Latin'], ['Name'], ['A']],
        [[family], [given], ['I']],
      ]);
      expect(fieldOf('PID', 3)?.[0]?.[0]).toEqual(['1|2^3~4&5']);
      expect(fieldOf('PID', 2)).toEqual([[['']]]);
      expect(fieldOf('OBR', 18)).toEqual([[['A|1&2']]]);
      const comment = lists.at(-1)?.[1][4]?.flat(2).join(' ') ?? '';
      expect(comment.split(HOSTILE)).toHaveLength(100 * new Set(hostile.skipped.map(({ reason }) => reason)).size + 1);
      expect(lists.some(([name]) => name === 'TQ1')).toBe(version === '2.5.1');
    }
  },
);
