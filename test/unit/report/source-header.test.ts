import { describe, expect, test } from '@jest/globals';
import { orderOf, referencedRequest, sourceHeader, studyOffset } from '../../../src/report/source-header.ts';
import { dateTimeText, dicomDate, dicomTime, offsetText, readOffset } from '../../../src/report/times.ts';
import { SOURCE_HEADER } from '../../support/report-fixture.ts';

describe('what an output copies from its study', () => {
  test('patient and study attributes come over as they are', () => {
    expect(sourceHeader(SOURCE_HEADER, 'x')).toMatchObject({
      PatientName: 'Gr\u00f6\u00dfe^J\u00fcrgen',
      PatientID: 'PHANTOM-7',
      IssuerOfPatientID: 'HOSP',
      StudyDate: '20261120',
      StudyInstanceUID: 'x',
    });
    expect(sourceHeader(SOURCE_HEADER, 'x')).not.toHaveProperty('Modality');
  });

  test('values that the standard forbids are left empty, not passed on', () => {
    const faulty = {
      PatientBirthDate: '1970.01.01',
      StudyTime: '25h',
      PatientSex: 'male!',
      PatientAge: '56',
      AccessionNumber: 'A'.repeat(20),
      PatientName: `${'N'.repeat(80)}=${'I'.repeat(80)}`,
      PatientID: 'a\\b',
    };
    const header = sourceHeader(faulty, 'x');
    expect(header).toMatchObject({
      PatientBirthDate: null,
      StudyTime: null,
      PatientSex: null,
      AccessionNumber: null,
      PatientID: 'a b',
    });
    expect(header['PatientName']).toBe(`${'N'.repeat(64)}=${'I'.repeat(64)}`);
    expect(header).not.toHaveProperty('PatientAge');
  });

  test('an identifier is never cut: what is left of it may be that of another patient or order', () => {
    const long = { PatientID: '1'.repeat(65), AccessionNumber: '2'.repeat(17), StudyID: '3'.repeat(17) };
    expect(sourceHeader(long, 'x')).toMatchObject({ PatientID: null, AccessionNumber: null, StudyID: null });
    expect(orderOf(long).accessionNumber).toBe('2'.repeat(17));
    expect(referencedRequest(long, 'x')).toBeNull();
    const request = { ...long, RequestedProcedureID: 'RP1' };
    expect(referencedRequest(request, 'x')).toMatchObject([{ AccessionNumber: null, RequestedProcedureID: 'RP1' }]);
  });

  test('attributes of Type 2 are there, empty, when the source has none', () => {
    expect(sourceHeader({}, 'x')).toEqual({
      PatientName: null,
      PatientID: null,
      PatientBirthDate: null,
      PatientSex: null,
      StudyInstanceUID: 'x',
      StudyDate: null,
      StudyTime: null,
      StudyID: null,
      AccessionNumber: null,
      ReferringPhysicianName: null,
    });
  });

  test('only known parts of an assigner are copied', () => {
    const source = {
      IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: '1.2.3', UniversalEntityIDType: 'ISO', PatientName: 'x' }],
    };
    expect(sourceHeader(source, 'x')['IssuerOfPatientIDQualifiersSequence']).toEqual([
      { UniversalEntityID: '1.2.3', UniversalEntityIDType: 'ISO' },
    ]);
  });

  test('the order is found in the request attributes, and without one there is no request to refer to', () => {
    const source = {
      RequestAttributesSequence: [
        { AccessionNumber: 'A1', RequestedProcedureID: 'RP1', FillerOrderNumberImagingServiceRequest: 'F1' },
      ],
    };
    expect(orderOf(source)).toMatchObject({ accessionNumber: 'A1', fillerNumber: 'F1', requestedProcedureId: 'RP1' });
    expect(referencedRequest(source, 'x')).toMatchObject([
      { AccessionNumber: 'A1', RequestedProcedureCodeSequence: [], ReferencedStudySequence: [] },
    ]);
    expect(referencedRequest({}, 'x')).toBeNull();
  });
});

describe('times', () => {
  const at = Date.UTC(2026, 0, 1, 0, 30, 5);

  test('are written in the zone given, over midnight and new year', () => {
    expect([dicomDate(at, 0), dicomTime(at, 0)]).toEqual(['20260101', '003005']);
    expect([dicomDate(at, -330), dicomTime(at, -330)]).toEqual(['20251231', '190005']);
    expect(dateTimeText(at, 120)).toBe('20260101023005+0200');
  });

  test.each([
    ['+0000', 0],
    ['+0530', 330],
    ['-0930', -570],
  ])('%p is an offset of %p minutes', (written, minutes) => {
    expect(readOffset(written)).toBe(minutes);
    expect(offsetText(minutes)).toBe(written);
  });

  test('the zone of the source goes before that of the machine', () => {
    expect(studyOffset({ TimezoneOffsetFromUTC: '-0500' }, 60)).toBe(-300);
    expect(studyOffset({ TimezoneOffsetFromUTC: 'EST' }, 60)).toBe(60);
  });
});
