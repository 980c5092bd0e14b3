// The report of every family in every SOP class that it may be sent in, in the eyes of dicom3tools, DCMTK and pydicom.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AnalysisResult } from '../../src/contracts/finding.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN } from '../../src/dicom/transfer-syntaxes.ts';
import { REPORT_CLASSES, reportTree, structuredReport } from '../../src/report/sr.ts';
import { inClass } from '../../src/report/sr-simpler.ts';
import { itemsIn } from '../../src/report/sr-tree.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../support/capture-fixtures.ts';
import { findings } from '../support/dciodvfy.ts';
import { runTool } from '../support/dcmtk.ts';
import { RESULT } from '../support/report-fixture.ts';
import { reportParts } from '../support/report-objects.ts';
import { readBy, utf8 } from '../support/report-read.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-classes-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Read = { readonly sopClass: string; readonly patientName: string; readonly counts: Readonly<Record<string, number>> };

const LUNG: AnalysisResult = { ...LUNG_RESULT, cines: LUNG_RESULT.cines.slice(12) };

test.each([RESULT, DVT_RESULT, LUNG, ECHO_RESULT])(
  'a $family report is valid and readable in every SOP class',
  async (result) => {
    const made = structuredReport(reportParts(result));
    const files: string[] = [];
    for (const sopClassUid of Object.values(REPORT_CLASSES)) {
      const attributes = sopClassUid === made['SOPClassUID'] ? made : inClass(made, sopClassUid);
      const file = path.join(folder, `${result.family}-${sopClassUid}.dcm`);
      await writeFile(file, part10({ attributes, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN }));
      const dump = await runTool('dsrdump', [file]);
      expect([sopClassUid, await findings(file), dump.code, utf8(dump.output).match(/^[EW]: .*/gmu) ?? []]).toEqual([
        sopClassUid,
        [],
        0,
        [],
      ]);
      files.push(file);
    }
    const read = await readBy<readonly Read[]>('documents', ...files);
    expect(read.map(({ sopClass }) => sopClass)).toEqual(
      ['Comprehensive', 'Comprehensive 3D', 'Enhanced', 'Basic Text'].map((name) => `${name} SR Storage`),
    );
    const numbers = itemsIn(reportTree(reportParts(result))).filter(({ value }) => value.type === 'NUM').length;
    const [whole, , , basic] = read;
    for (const one of read.slice(0, 3)) {
      expect([one.patientName, one.counts]).toEqual(['Gr\u00f6\u00dfe^J\u00fcrgen', whole?.counts]);
      expect(one.counts['NUM']).toBe(numbers);
    }
    expect(basic?.counts).not.toHaveProperty('NUM');
    expect(basic?.counts).toMatchObject({ TEXT: expect.any(Number), IMAGE: expect.any(Number) });
  },
);
