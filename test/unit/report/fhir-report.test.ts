// FHIR results of every family, as text dumps that are reviewed, and what must hold of all of them.
import { describe, expect, test } from '@jest/globals';
import type { AnalysisResult, OutputFacts, ResultOf } from '../../../src/contracts/finding.ts';
import type { Reporting } from '../../../src/contracts/model.ts';
import { FINDING, QUANTITY, VALUE } from '../../../src/dicom/codes.ts';
import type { Dataset } from '../../../src/dicom/dataset.ts';
import { bundleText } from '../../../src/fhir/json.ts';
import type { Observation, TransactionBundle, Value } from '../../../src/fhir/resources.ts';
import { spokenName } from '../../../src/report/fhir-report.ts';
import { DVT_RESULT, ECHO_RESULT, LUNG_RESULT } from '../../support/capture-fixtures.ts';
import { fhirDump } from '../../support/fhir-dump.ts';
import { bundleOf, observationsOf, reportOf } from '../../support/fhir-objects.ts';
import { expectGolden } from '../../support/golden.ts';
import { EMPTY_RESULT, RESULT, SOURCE_HEADER, section } from '../../support/report-fixture.ts';
import { TEMPLATE } from '../../support/report-objects.ts';

const UNDETERMINED: ResultOf<'vascular-sec'> = {
  ...RESULT,
  sections: [section('left', 'FV', { first: 1, weights: [1], secProbability: 0.02, sec: 'undetermined' })],
};

const RESULTS: readonly (readonly [string, AnalysisResult])[] = [
  ['vascular-sec', RESULT],
  ['vascular-sec-no-section', EMPTY_RESULT],
  ['vascular-dvt', DVT_RESULT],
  ['lung-score', LUNG_RESULT],
  ['echo-cmr', ECHO_RESULT],
];

describe('the FHIR result', () => {
  test.each(RESULTS)('of %s is as reviewed', (name, result) => expectGolden(`${name}-fhir.txt`, fhirDump(bundleOf(result))));
});

/** Every object of a bundle with a value or a reason for none. */
const valued = ({ component, ...observation }: Observation): readonly Value[] => [observation, ...(component ?? [])];
const hasValue = (value: Value): boolean =>
  value.valueCodeableConcept !== undefined || value.valueInteger !== undefined || value.valueQuantity !== undefined;

describe.each([...RESULTS, ['undetermined', UNDETERMINED] as const])('a bundle of %s', (_name, result) => {
  const bundle = bundleOf(result);
  const urls = bundle.entry.map(({ request }) => request.url);

  test('puts each resource once, under its own id, and the report refers to all observations', () => {
    expect(new Set(urls).size).toBe(urls.length);
    for (const { fullUrl, resource, request } of bundle.entry) {
      expect(request).toEqual({ method: 'PUT', url: `${resource.resourceType}/${resource.id}` });
      expect(fullUrl).toBe(`https://ehr.example/fhir/${request.url}`);
      expect(resource.id).toMatch(/^sonorelay-[0-9a-f-]{36}$/u);
    }
    expect(reportOf(bundle).result?.map(({ reference }) => reference)).toEqual(
      urls.filter((url) => url.startsWith('Observation/')),
    );
  });

  test('is preliminary or not made at all, marked as asserted by a machine, and opens with the research notice', () => {
    for (const { resource } of bundle.entry) {
      expect(['preliminary', 'cancelled']).toContain(resource.status);
      expect(resource.meta.security).toMatchObject([{ code: 'AIAST' }]);
      expect(resource.text.div).toContain('<p>AI - RESEARCH USE ONLY');
    }
    expect(reportOf(bundle).conclusion.startsWith('AI - RESEARCH USE ONLY')).toBe(true);
    for (const { note } of observationsOf(bundle)) expect(note[0]?.text).toContain('RESEARCH USE ONLY');
  });

  test('has a value or a reason for none, never both (obs-6), and its device contained (dom-3)', () => {
    for (const observation of observationsOf(bundle)) {
      for (const value of valued(observation)) expect(hasValue(value)).toBe(value.dataAbsentReason === undefined);
      expect(observation.contained.map(({ id }) => `#${id}`)).toEqual([observation.device.reference]);
    }
  });

  test('does not repeat the code of an observation in a component of it (obs-7)', () => {
    for (const { code, component } of observationsOf(bundle)) {
      const main = code.coding?.map((one) => one.code) ?? [];
      for (const part of component ?? []) expect(main).not.toContain(part.code.coding?.[0]?.code);
    }
  });

  test('holds no empty text, list or object', () => {
    expect(JSON.stringify(bundle)).not.toMatch(/""|\[\]|\{\}|null/u);
  });

  test('is the same bytes when it is rendered again', () => {
    expect(bundleText(bundleOf(result))).toBe(bundleText(bundle));
  });
});

describe('what the model did not determine', () => {
  const observation = observationsOf(bundleOf(UNDETERMINED))[0];

  test('has a reason instead of a value, and neither probability nor interpretation', () => {
    expect(observation).toMatchObject({
      status: 'preliminary',
      dataAbsentReason: { coding: [{ code: 'unknown' }, { code: VALUE.undetermined.value }] },
    });
    expect(observation).not.toHaveProperty('interpretation');
    expect(JSON.stringify(observation)).not.toContain(QUANTITY.certaintyOfFinding.value);
  });

  test('is never the code of a negative, in any family', () => {
    const texts = [UNDETERMINED, DVT_RESULT, LUNG_RESULT]
      .flatMap((result) => observationsOf(bundleOf(result)))
      .filter((one) => one.dataAbsentReason !== undefined)
      .map((one) => JSON.stringify(one));
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) {
      expect(text).not.toContain(VALUE.absent.value);
      expect(text).not.toContain(FINDING.fullyCompressible.value);
    }
  });

  test('because nothing could be analysed is an observation that was not made', () => {
    expect(observationsOf(bundleOf(EMPTY_RESULT))).toMatchObject([
      { status: 'cancelled', dataAbsentReason: { coding: [{ code: 'not-performed' }] } },
    ]);
  });
});

test('a vein that is not named has its place in words and its side, and no code of a site', () => {
  const unnamed = { ...RESULT, sections: [section('left', 'unknown', { first: 1, weights: [1] })] };
  const [observation] = observationsOf(bundleOf(unnamed));
  expect(observation?.bodySite).toEqual({ text: 'left vein not named' });
  expect(observation?.component?.[0]).toMatchObject({
    code: { text: 'Laterality' },
    valueCodeableConcept: { text: 'Left' },
  });
});

describe('an output that is off', () => {
  const off = (result: ResultOf<'vascular-dvt'>, concept: OutputFacts['concept'], reporting: Reporting): AnalysisResult => ({
    ...result,
    run: {
      ...result.run,
      outputs: [...result.run.outputs, { id: 'x', concept, threshold: null, thresholdMethod: '', reporting }],
    },
  });
  const dvtCode = FINDING.deepVenousThrombosis;

  test('is in no component', () => {
    expect(JSON.stringify(bundleOf(off(DVT_RESULT, dvtCode, 'research')))).toContain(dvtCode.value);
    expect(JSON.stringify(bundleOf(off(DVT_RESULT, dvtCode, 'off')))).not.toContain(dvtCode.value);
  });

  test('leaves no observation when it is the finding itself', () => {
    const { run } = DVT_RESULT;
    const gated = { ...DVT_RESULT, run: { ...run, outputs: run.outputs.map((one) => ({ ...one, reporting: 'off' as const })) } };
    expect(observationsOf(bundleOf(gated)).map(({ status }) => status)).toEqual(['cancelled']);
  });

  test('of the tissue in echo is nowhere in the bytes, whatever its values are', () => {
    const text = JSON.stringify(bundleOf(ECHO_RESULT));
    for (const planted of ['0.7123', '71.2', '0.6123', '61.23', '1357', '53.7', '29.3']) expect(text).not.toContain(planted);
    for (const { value } of [FINDING.lateContrastEnhancement, QUANTITY.t1, QUANTITY.t2, QUANTITY.extracellularVolume])
      expect(text).not.toContain(`"${value}"`);
  });
});

describe('a later revision', () => {
  test('writes the same resources anew, still preliminary, under the UID of its own document', () => {
    const [first, second] = [bundleOf(RESULT), bundleOf({ ...RESULT, revision: 2 })];
    expect(second.entry.map(({ request }) => request.url)).toEqual(first.entry.map(({ request }) => request.url));
    expect(reportOf(second).status).toBe('preliminary');
    expect(reportOf(second).identifier[0]).not.toEqual(reportOf(first).identifier[0]);
  });

  test('of another route writes other resources', () => {
    const urls = (bundle: TransactionBundle) => bundle.entry.map(({ request }) => request.url);
    const other = urls(bundleOf(RESULT, { rule: 'right-leg' }));
    expect(urls(bundleOf(RESULT)).filter((url) => other.includes(url))).toEqual([]);
  });
});

describe('the patient and the order', () => {
  const subject = (header: Dataset) => reportOf(bundleOf(RESULT, { source: { ...SOURCE_HEADER, ...header } })).subject;

  test('are named by the identifiers that the receiver has, in the systems of the site', () => {
    const destination = { patientIdentifierSystem: 'https://hospital.example/mrn', accessionNumberSystem: 'urn:oid:1.2.3' };
    const report = reportOf(bundleOf(RESULT, { destination }));
    expect(report.subject?.identifier).toMatchObject({ system: 'https://hospital.example/mrn', value: 'PHANTOM-7' });
    expect(report.basedOn?.[0]?.identifier).toMatchObject({ system: 'urn:oid:1.2.3', value: 'ACC-4711' });
    expect(report.imagingStudy[0]?.identifier).toEqual({
      system: 'urn:dicom:uid',
      value: `urn:oid:${RESULT.studyInstanceUid}`,
    });
  });

  test('take the system from the source where it names an OID', () => {
    const qualifiers = (id: string, type: string) =>
      subject({ IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: id, UniversalEntityIDType: type }] })?.identifier;
    expect(qualifiers('1.2.840.1', 'ISO')).toMatchObject({ system: 'urn:oid:1.2.840.1' });
    expect(qualifiers('not an oid', 'ISO')).not.toHaveProperty('system');
    expect(qualifiers('hospital.example', 'DNS')).not.toHaveProperty('system');
  });

  test('are left out when the source names nobody', () => {
    const report = reportOf(
      bundleOf(RESULT, { source: { ...SOURCE_HEADER, PatientName: '^^', PatientID: '', AccessionNumber: '' } }),
    );
    expect(report).not.toHaveProperty('subject');
    expect(report).not.toHaveProperty('basedOn');
    expect(report.identifier).toHaveLength(1);
  });

  test.each([
    ['House^Gregory^^Dr.', 'Dr. Gregory House'],
    ['Yamada^Tarou=\u5c71\u7530^\u592a\u90ce', 'Tarou Yamada'],
    ['O\u2019Neil <b>^"&\\^^^', '"&\\ O\u2019Neil <b>'],
    ['\u0000evil\r\n\u001b[31m^x', 'x evil [31m'],
    ['^^^^', ''],
  ])('are called by the name %j', (name, spoken) => {
    expect(spokenName(name)).toBe(spoken);
  });

  test('of hostile texts are one JSON text with the same resources', () => {
    const hostile = '","status":"final"\u0000\r\n</div><script>\ud800';
    const source = {
      ...SOURCE_HEADER,
      PatientName: `${hostile}^x`,
      PatientID: hostile,
      AccessionNumber: '"}],"x":[',
      IssuerOfPatientID: hostile,
      StudyDescription: hostile,
    };
    const bundle = bundleOf(RESULT, { source });
    expect(bundle.entry.map(({ request }) => request.url)).toEqual(bundleOf(RESULT).entry.map(({ request }) => request.url));
    for (const { resource } of bundle.entry) {
      expect(resource.status).toBe('preliminary');
      expect(resource.subject?.identifier?.value).toBe('","status":"final"  </div><script>\ufffd');
      expect(resource.text.div).not.toContain('<script>');
    }
  });
});

test('an interpretation is given only where the site allows one', () => {
  const given = observationsOf(bundleOf(RESULT)).map(({ interpretation }) => interpretation?.[0]?.coding?.[0]?.code);
  expect(given).toEqual(['A', undefined]);
  const template = { ...TEMPLATE, hl7: { ...TEMPLATE.hl7, abnormalFlags: false } };
  for (const one of observationsOf(bundleOf(RESULT, { template }))) expect(one).not.toHaveProperty('interpretation');
});
