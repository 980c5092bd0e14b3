import { describe, expect, test } from '@jest/globals';
import type { ResultOf } from '../../../src/contracts/finding.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { type ParsedMessage, parseMessage, valueAt } from '../../../src/hl7/message.ts';
import { withdrawn } from '../../../src/hl7/withdraw.ts';
import { broken } from '../../../src/report/oru-observations.ts';
import { physicianName } from '../../../src/report/person-name.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER, section } from '../../support/report-fixture.ts';
import { messageOf, TEMPLATE } from '../../support/report-objects.ts';

const parsed = (text: string): ParsedMessage => {
  const found = parseMessage(text);
  if (found === null) throw new Error('not a message');
  return found;
};
const read = (result: ResultOf<'vascular-sec'>, given: Parameters<typeof messageOf>[1] = {}): ParsedMessage =>
  parsed(messageOf(result, given).message);
const observations = (message: ParsedMessage): readonly (readonly string[])[] =>
  message.segments.filter(({ name }) => name === 'OBX').map(({ fields }) => fields);
const named = (changes: Dataset): Dataset => ({ ...SOURCE_HEADER, ...changes });

describe('the message of a result', () => {
  const message = read(RESULT);

  test('has the segments of ORU_R01 in their order', () => {
    expect(message.segments.map(({ name }) => name).join(' ')).toMatch(/^MSH PID PV1 ORC OBR NTE TQ1( OBX)+$/u);
    expect([1, 2, 3].map((component) => valueAt(message, 'MSH', 9, { component }))).toEqual(['ORU', 'R01', 'ORU_R01']);
    expect([11, 12, 15, 16, 18].map((field) => valueAt(message, 'MSH', field))).toEqual(['P', '2.5.1', '', '', 'UNICODE UTF-8']);
    expect(valueAt(message, 'MSH', 7)).toBe('20261122101530+0000');
  });

  test('names the patient, the accession in OBR-18 and P in OBR-25', () => {
    expect([1, 2, 4, 5].map((component) => valueAt(message, 'PID', 3, { component }))).toEqual(['PHANTOM-7', '', 'HOSP', 'MR']);
    expect([1, 2].map((component) => valueAt(message, 'PID', 5, { component }))).toEqual(['Gr\u00f6\u00dfe', 'J\u00fcrgen']);
    expect([7, 8].map((field) => valueAt(message, 'PID', field))).toEqual(['19700101', 'M']);
    expect([3, 7, 18, 22, 24, 25].map((field) => valueAt(message, 'OBR', field))).toEqual([
      'ACC-4711',
      '20261120093012',
      'ACC-4711',
      '20261122101530+0000',
      'VUS',
      'P',
    ]);
  });

  test('does not complete the order: ORC-5 says that not all results are there', () => {
    expect(valueAt(message, 'ORC', 5)).toBe('A');
  });

  test('gives the study UID first, as order detail', () => {
    expect(observations(message)[0]).toEqual([
      'OBX',
      '1',
      'ST',
      '113014^DICOM Study^DCM',
      '',
      RESULT.studyInstanceUid,
      '',
      '',
      '',
      '',
      '',
      'O',
    ]);
  });

  test('ties flag, site, side, certainty and sentence of a section by OBX-4', () => {
    const first = observations(message).filter((fields) => fields[4] === '1');
    expect(first.map((fields) => [fields[2], fields[3]?.split('^')[0], fields[5]?.split('^')[0]])).toEqual([
      ['CE', 'SEC001', '52101004'],
      ['CE', '363698007', '397363009'],
      ['CE', '272741003', '7771000'],
      ['NM', '111012', '71.2'],
      [
        'TX',
        '59776-5',
        'Left common femoral vein: spontaneous echo contrast PRESENT (P(SEC) = 71.2 %, threshold 32.6 %, 7 key frames).~One input is lossy compressed (JPEG); small echoes may be altered.',
      ],
    ]);
    const [flag, , , certainty] = first;
    expect([flag?.[8], flag?.[9], flag?.[11]]).toEqual(['A', '0.712', 'P']);
    expect([certainty?.[6], certainty?.[7], certainty?.[8]]).toEqual(['%^Percent^UCUM', '<32.55', 'H']);
    expect(flag?.slice(17)).toEqual([
      'VascularSEC reference 0.1.0^VascularSEC reference 0.1.0^99SONORELAY',
      'TEST-1^Sonorelay^2.25.330000000000000000000000000000000001^ISO',
      '20261122101530+0000',
    ]);
  });

  test('an absent finding is not marked abnormal, nor normal', () => {
    const second = observations(message).filter((fields) => fields[4] === '7');
    expect(second).toHaveLength(5);
    expect(second.map((fields) => fields[8])).toEqual(second.map(() => ''));
  });

  test('a section without a statement gives no number', () => {
    const result = { ...RESULT, sections: [section('left', 'FV', { first: 1, weights: [1], sec: 'undetermined' })] };
    const group = observations(read(result)).filter((fields) => fields[4] === '2');
    expect(group.map((fields) => fields[2])).toEqual(['CE', 'CE', 'CE', 'TX']);
    expect([group[0]?.[5], group[0]?.[9]]).toEqual(['373068000^Undetermined^SCT', '']);
  });

  test('a section keeps its OBX-4 when a later revision brings others before it, so that a receiver replaces the right rows', () => {
    const subIdOf = (sections: ResultOf<'vascular-sec'>['sections'], site: string): readonly (string | undefined)[] => [
      ...new Set(
        observations(read({ ...RESULT, sections }))
          .filter((fields) => fields[3]?.startsWith('59776-5') && fields[5]?.startsWith(site))
          .map((fields) => fields[4]),
      ),
    ];
    const popliteal = section('right', 'POP', { first: 3, weights: [1] });
    const femoral = section('left', 'FV', { first: 1, weights: [1] });
    expect(subIdOf([popliteal], 'Right popliteal')).toEqual(['7']);
    expect(subIdOf([femoral, popliteal], 'Right popliteal')).toEqual(['7']);
  });

  test('every site has an OBX-4 of its own', () => {
    const sections = (['left', 'right', 'unknown'] as const).flatMap((side) =>
      (['CFV', 'FV', 'POP', 'unknown'] as const).map((vein) => section(side, vein, { first: 1, weights: [1] })),
    );
    const flags = observations(read({ ...RESULT, sections })).filter((fields) => fields[3]?.startsWith('SEC001'));
    expect(flags.map((fields) => Number(fields[4]))).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test('the impression and the note say what the finding is not about', () => {
    const impression = observations(read(RESULT)).find((fields) => fields[3]?.startsWith('19005-8'))?.[5];
    expect(impression).toContain('absent does not exclude thrombosis');
    expect(valueAt(read(RESULT), 'NTE', 3)).toContain('absent does not exclude thrombosis');
  });

  test('an accession number that is too long for DICOM reaches the EHR whole, never cut to that of another order', () => {
    const long = read(RESULT, { source: named({ AccessionNumber: 'ACC-2026-0000000001-A' }) });
    expect(valueAt(long, 'OBR', 18)).toBe('ACC-2026-0000000001-A');
  });

  test('a result without sections says with X that it could not be obtained', () => {
    const rows = observations(read(EMPTY_RESULT));
    expect(rows.filter((fields) => fields[3]?.startsWith('SEC001')).map((fields) => [fields[5], fields[11]])).toEqual([
      ['', 'X'],
    ]);
    expect(rows.some((fields) => fields[5]?.includes('not a negative result'))).toBe(true);
    expect(rows.at(-1)?.[5]).toContain('colour-doppler');
  });

  test('carries the notice in its TX and in an NTE', () => {
    expect(observations(message)[1]?.[5]).toMatch(/^AI - RESEARCH USE ONLY - NOT FOR DIAGNOSIS\. Reference weights/u);
    expect(valueAt(message, 'NTE', 3)).toContain('not reviewed by a physician');
  });

  test('of a later revision has the same keys and another control id, and is the first for a receiver that got none', () => {
    const later = read({ ...RESULT, revision: 2 });
    for (const field of [3, 4, 18, 25]) expect(valueAt(later, 'OBR', field)).toBe(valueAt(message, 'OBR', field));
    expect(valueAt(later, 'MSH', 10)).not.toBe(valueAt(message, 'MSH', 10));
  });

  test('rendered again is the same text', () => {
    expect(messageOf(structuredClone(RESULT))).toEqual(messageOf(RESULT));
  });

  test('leaves no empty field, component or line at an end', () => {
    const text = messageOf(RESULT, { source: { StudyInstanceUID: RESULT.studyInstanceUid } }).message;
    for (const line of text.split('\r')) expect(line).not.toMatch(/[|^~]$/u);
    for (const line of text.split('\r').slice(1)) expect(line).not.toMatch(/\^\||\^~/u);
    expect(text).not.toContain('\n');
    expect(text.endsWith('\r')).toBe(true);
    expect(text).not.toMatch(/undefined|null|NaN/u);
  });

  test('follows the habits of a site: CWE, no abnormal flags, enhanced acknowledgement', () => {
    const template = {
      ...TEMPLATE,
      hl7: {
        ...TEMPLATE.hl7,
        diagnosticServiceSection: 'RAD',
        codedType: 'CWE',
        abnormalFlags: false,
        acknowledgement: 'enhanced',
      } as const,
    };
    const site = read(RESULT, { template });
    expect([15, 16].map((field) => valueAt(site, 'MSH', field))).toEqual(['AL', 'NE']);
    expect(observations(site).filter((fields) => fields[2] === 'CWE')).toHaveLength(6);
    expect(
      observations(site)
        .map((fields) => fields[8] ?? '')
        .join(''),
    ).toBe('');
  });
});

describe('names and character sets', () => {
  test('the three groups of a name become repetitions with their representation', () => {
    const message = read(RESULT, {
      source: named({ PatientName: 'Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046' }),
    });
    const groups = [1, 2, 3].map((repetition) =>
      [1, 2, 8].map((component) => valueAt(message, 'PID', 5, { repetition, component })),
    );
    expect(groups).toEqual([
      ['Yamada', 'Tarou', 'A'],
      ['\u5c71\u7530', '\u592a\u90ce', 'I'],
      ['\u3084\u307e\u3060', '\u305f\u308d\u3046', 'P'],
    ]);
  });

  test('prefix and suffix change places between PN and XPN', () => {
    const message = read(RESULT, { source: named({ PatientName: 'Adams^John^Robert^Rev.^B.A.' }) });
    expect([1, 2, 3, 4, 5].map((component) => valueAt(message, 'PID', 5, { component }))).toEqual([
      'Adams',
      'John',
      'Robert',
      'B.A.',
      'Rev.',
    ]);
    expect(physicianName('House^Gregory^^Dr.', 'ASCII')).toEqual({ encoded: '^House^Gregory^^^Dr.' });
  });

  test('delimiters in a name and an identifier are escaped', () => {
    const source = named({ PatientName: 'O|B&C~D^E', PatientID: '1|2^3', AccessionNumber: 'A&B~C' });
    const message = read(RESULT, { source });
    expect([1, 2].map((component) => valueAt(message, 'PID', 5, { component }))).toEqual(['O|B&C~D', 'E']);
    expect([valueAt(message, 'PID', 3), valueAt(message, 'OBR', 18)]).toEqual(['1|2^3', 'A&B~C']);
  });

  test('8859/1 keeps its letters and counts what it lacks', () => {
    const rendered = messageOf(RESULT, { destination: { characterSet: '8859/1' }, source: named({ PatientID: '\u0418-1' }) });
    expect(rendered.replaced).toBe(1);
    expect(valueAt(parsed(rendered.message), 'PID', 5)).toBe('Gr\u00f6\u00dfe');
    expect(valueAt(parsed(rendered.message), 'PID', 3)).toBe('?-1');
  });

  test('a group of a name that the set lacks is left out when another arrives whole', () => {
    const rendered = messageOf(RESULT, {
      destination: { characterSet: 'ASCII' },
      source: named({ PatientName: 'Yamada^Tarou=\u5c71\u7530^\u592a\u90ce' }),
    });
    expect(rendered.replaced).toBe(0);
    expect(parsed(rendered.message).segments.find(({ name }) => name === 'PID')?.fields[5]).toBe('Yamada^Tarou^^^^^^A');
  });

  test('a name in letters that the set lacks altogether arrives as question marks, not as nothing', () => {
    const rendered = messageOf(RESULT, {
      destination: { characterSet: 'ASCII' },
      source: named({ PatientName: '\u0418\u0432\u0430\u043d\u043e\u0432' }),
    });
    expect(valueAt(parsed(rendered.message), 'PID', 5)).toBe('??????');
    expect(rendered.replaced).toBe(6);
  });
});

describe('a long text', () => {
  const noted = (...notes: readonly string[]): ResultOf<'vascular-sec'> => ({
    ...RESULT,
    sections: [section('left', 'CFV', { first: 1, weights: [1], notes })],
  });
  const findings = (message: ParsedMessage): readonly (readonly string[])[] =>
    observations(message).filter((fields) => fields[3]?.startsWith('59776-5'));

  test('is broken at a blank, never within a character, and loses nothing', () => {
    const words = Array.from({ length: 300 }, (_, index) => `word${index}`).join(' ');
    expect(broken(words, 100).join(' ')).toBe(words);
    for (const piece of broken(words, 100)) expect(piece.length).toBeLessThanOrEqual(100);
    const faces = '\u{1F600}'.repeat(100);
    expect(broken(faces, 61).join('')).toBe(faces);
    for (const piece of broken(faces, 61)) expect(piece.isWellFormed()).toBe(true);
    expect(broken('', 60)).toEqual(['']);
  });

  test('goes on in rows of another sub-id', () => {
    const notes = Array.from({ length: 300 }, (_, index) => `Note ${index} ${'x'.repeat(100)}.`);
    const rows = findings(read(noted(...notes)));
    expect(rows.map((fields) => fields[4])).toEqual(['1', '1.2', '1.3']);
    expect(rows.flatMap((fields) => fields[5]?.split('~') ?? []).slice(1)).toEqual(notes);
    for (const fields of rows) expect((fields[5] ?? '').length).toBeLessThanOrEqual(16_500);
  });
});

describe('the field mapping of a site', () => {
  test('fills fields from other sources, from the first that is not empty, and with texts of its own', () => {
    const fields = {
      ...TEMPLATE.hl7.fields,
      'OBR-3': ['fillerNumber', 'studyInstanceUid'],
      'OBR-18': ['studyId'],
      'ORC-2': ['placerNumber'],
      'PV1-2': ['=O'],
      'PV1-3': ['=RAD^US 1'],
    };
    const message = read(RESULT, { template: { ...TEMPLATE, hl7: { ...TEMPLATE.hl7, fields } } });
    expect([valueAt(message, 'OBR', 3), valueAt(message, 'OBR', 18), valueAt(message, 'ORC', 2)]).toEqual([
      RESULT.studyInstanceUid,
      '7',
      '',
    ]);
    expect([valueAt(message, 'PV1', 2), valueAt(message, 'PV1', 3, { component: 2 })]).toEqual(['O', 'US 1']);
  });
});

describe('the status of a result', () => {
  const clinical: ResultOf<'vascular-sec'> = {
    ...RESULT,
    run: { ...RESULT.run, referenceWeights: false, statement: { ...RESULT.run.statement, reporting: 'clinical' } },
  };
  const statuses = (
    result: ResultOf<'vascular-sec'>,
    given: Parameters<typeof messageOf>[1],
  ): readonly (string | undefined)[] => {
    const message = read(result, given);
    const rows = observations(message).map((fields) => fields[11]);
    return [valueAt(message, 'OBR', 25), ...new Set(rows)];
  };
  const earlierMessage = messageOf(clinical).message;
  const as = (resultStatus: 'preliminary' | 'preliminary-corrected' | 'final') => ({
    template: { ...TEMPLATE, hl7: { ...TEMPLATE.hl7, resultStatus } },
  });

  test('is preliminary at first and then a correction, unless the site wants it preliminary again', () => {
    expect(statuses(clinical, {})).toEqual(['P', 'O', 'P']);
    expect(statuses(clinical, { earlierMessage })).toEqual(['C', 'O', 'C']);
    expect(statuses(RESULT, { earlierMessage })).toEqual(['C', 'O', 'C']);
    expect(statuses(clinical, as('preliminary'))).toEqual(['P', 'O', 'P']);
    expect(statuses(clinical, { ...as('preliminary'), earlierMessage })).toEqual(['P', 'O', 'P']);
  });

  test('is final by option only where the gate of the model is clinical', () => {
    expect(statuses(clinical, as('final'))).toEqual(['F', 'O', 'F']);
    expect(statuses(clinical, { ...as('final'), earlierMessage })).toEqual(['C', 'O', 'C']);
    expect(statuses(RESULT, as('final'))).toEqual(['P', 'O', 'P']);
    expect(statuses(RESULT, { ...as('final'), earlierMessage })).toEqual(['C', 'O', 'C']);
  });

  test('is that of a correction in every row, also in one that the receiver had not before', () => {
    const earlier = messageOf({ ...clinical, sections: clinical.sections.slice(1) }).message;
    expect(statuses(clinical, { earlierMessage: earlier })).toEqual(['C', 'O', 'C']);
  });

  test('is that of a first result after one that could not be obtained, and after one that was taken back as a whole', () => {
    const nothing = messageOf({ ...clinical, sections: [] }).message;
    expect(statuses(clinical, { earlierMessage: nothing })).toEqual(['P', 'O', 'P', 'W']);
    const takenBack = withdrawn(earlierMessage, { controlId: 'A', sentAt: '20261122110000' });
    expect(statuses(clinical, { earlierMessages: [earlierMessage, takenBack] })).toEqual(['P', 'O', 'P']);
    expect(statuses(clinical, { ...as('final'), earlierMessages: [earlierMessage, takenBack] })).toEqual(['F', 'O', 'F']);
    const again = messageOf({ ...clinical, revision: 2 }).message;
    expect(statuses(clinical, { earlierMessages: [earlierMessage, takenBack, again] })).toEqual(['C', 'O', 'C']);
  });

  test('corrects what stands also when a notice that nothing could be obtained came after it, and takes all of it back that has no successor', () => {
    const nothing = messageOf({ ...clinical, sections: [] }).message;
    const without = { ...clinical, revision: 3, sections: clinical.sections.slice(1) };
    const message = read(without, { earlierMessages: [earlierMessage, nothing] });
    const gone = observations(message).filter((fields) => fields[11] === 'W');
    expect(valueAt(message, 'OBR', 25)).toBe('C');
    expect([...new Set(gone.map((fields) => fields[4]))].toSorted()).toEqual(['', '1']);
  });

  test('of rows that are taken back by a correction is W, of a result that cannot be obtained X', () => {
    const without = { ...clinical, sections: clinical.sections.slice(1) };
    expect(statuses(without, { ...as('final'), earlierMessage })).toEqual(['C', 'O', 'C', 'W']);
    expect(statuses({ ...clinical, sections: [] }, as('final'))).toEqual(['F', 'O', 'F', 'X']);
  });

  test('carries the actionable category beside the sentence of a positive finding, and none for what is for research only', () => {
    const categories = (result: ResultOf<'vascular-sec'>, given: Parameters<typeof messageOf>[1] = {}) =>
      observations(read(result, given)).flatMap((fields) => (fields[15] ? [[fields[3], fields[4], fields[15]]] : []));
    expect(categories(clinical)).toEqual([['59776-5^Findings^LN', '1', 'RID49482^ACR Category 3 Actionable Finding^RadLex']]);
    expect(categories(clinical, { destination: { version: '2.3.1' } })).toHaveLength(1);
    expect(categories(RESULT)).toEqual([]);
    const none = { template: { ...TEMPLATE, hl7: { ...TEMPLATE.hl7, actionableCategory: null } } };
    expect(categories(clinical, none)).toEqual([]);
  });
});

test('a message of version 2.3.1 has no field, segment and data type that came later', () => {
  const template = { ...TEMPLATE, hl7: { ...TEMPLATE.hl7, codedType: 'CWE' as const } };
  const message = read(RESULT, { template, destination: { version: '2.3.1' } });
  expect(message.segments.map(({ name }) => name)).not.toContain('TQ1');
  expect([valueAt(message, 'MSH', 12), valueAt(message, 'MSH', 9, { component: 3 })]).toEqual(['2.3.1', '']);
  expect(valueAt(message, 'OBR', 27, { component: 6 })).toBe('R');
  for (const fields of observations(message)) {
    expect(fields.length).toBeLessThanOrEqual(18);
    expect(['ST', 'TX', 'CE', 'NM']).toContain(fields[2]);
  }
});

describe('a message that supersedes an earlier one', () => {
  const without = { ...RESULT, revision: 2, sections: RESULT.sections.slice(1) };
  const rows = (text: string): readonly (readonly string[])[] => observations(parsed(text));

  test('withdraws the rows of statements that are not made any more, and no others', () => {
    const earlier = messageOf(RESULT).message;
    const later = rows(messageOf(without, { earlierMessage: earlier }).message);
    const withdrawn = later.filter((fields) => fields[11] === 'W');
    expect(new Set(withdrawn.map((fields) => fields[4]))).toEqual(new Set(['1']));
    expect(withdrawn.map((fields) => fields[3])).toEqual(
      rows(earlier)
        .filter((fields) => fields[4] === '1')
        .map((fields) => fields[3]),
    );
    expect(later.map((fields) => fields[1])).toEqual(later.map((_, index) => String(index + 1)));
    expect(rows(messageOf(RESULT, { earlierMessage: earlier }).message).filter((fields) => fields[11] === 'W')).toEqual([]);
  });

  test('takes back that inputs were not analysed when all of them are', () => {
    const earlier = messageOf(RESULT).message;
    const later = rows(messageOf({ ...RESULT, revision: 2, skipped: [] }, { earlierMessage: earlier }).message);
    expect(later.filter((fields) => fields[11] === 'W').map((fields) => fields[3])).toEqual(['121106^Comment^DCM']);
  });

  test('takes back the X of a result that could not be obtained before', () => {
    const later = rows(messageOf({ ...RESULT, revision: 2 }, { earlierMessage: messageOf(EMPTY_RESULT).message }).message);
    expect(later.filter((fields) => fields[11] === 'W').map((fields) => [fields[3], fields[4]])).toEqual([
      ['SEC001^Spontaneous echo contrast^99SONORELAY', ''],
    ]);
  });

  test('still withdraws what the one before it withdrew', () => {
    const second = messageOf(without, { earlierMessage: messageOf(RESULT).message }).message;
    const third = rows(messageOf({ ...without, revision: 3 }, { earlierMessage: second }).message);
    expect(third.filter((fields) => fields[11] === 'W')).toHaveLength(5);
  });
});
