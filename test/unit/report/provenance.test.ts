import { describe, expect, test } from '@jest/globals';
import { isValidUid } from '../../../src/dicom/uids.ts';
import {
  contributingEquipment,
  controlIdOf,
  inputDigest,
  modelDeviceUid,
  outputSeriesUid,
  outputUid,
  trackingUid,
} from '../../../src/report/provenance.ts';
import { INSTALLATION, RESULT } from '../../support/report-fixture.ts';

const later = { ...RESULT, revision: 2, inputs: RESULT.inputs.slice(1) };
const retrained = { ...RESULT, run: { ...RESULT.run, modelDigest: 'f'.repeat(64), modelVersion: '0.2.0' } };

describe('identity of outputs', () => {
  test('the order of the inputs does not matter, their bytes do', () => {
    expect(inputDigest([...RESULT.inputs].reverse())).toBe(inputDigest(RESULT.inputs));
    const [first, ...rest] = RESULT.inputs;
    if (first === undefined) throw new Error('no input');
    expect(inputDigest([{ ...first, sha256: '0'.repeat(64) }, ...rest])).not.toBe(inputDigest(RESULT.inputs));
  });

  test('report and capture are different objects, the same every time', () => {
    expect(outputUid(RESULT, 'sr')).toBe(outputUid(structuredClone(RESULT), 'sr'));
    expect(outputUid(RESULT, 'sr')).not.toBe(outputUid(RESULT, 'capture'));
    expect(isValidUid(outputUid(RESULT, 'sr'))).toBe(true);
  });

  test('a new revision and a new model are new objects in the same series', () => {
    expect(new Set([RESULT, later, retrained].map((one) => outputUid(one, 'sr'))).size).toBe(3);
    expect(new Set([RESULT, later, retrained].map((one) => outputSeriesUid(one, 'sr'))).size).toBe(1);
  });

  test('a finding keeps its tracking UID over revisions and models, and another site has another', () => {
    expect(new Set([RESULT, later, retrained].map((one) => trackingUid(one, 'L CFV'))).size).toBe(1);
    expect(trackingUid(RESULT, 'L CFV')).not.toBe(trackingUid(RESULT, 'R CFV'));
  });

  test('the device UID of the algorithm follows its weights', () => {
    expect(modelDeviceUid(RESULT.run)).not.toBe(modelDeviceUid(retrained.run));
  });

  test('MSH-10 has at most 20 characters, is stable, and differs by destination and revision', () => {
    const ids = [controlIdOf(RESULT, 'a'), controlIdOf(RESULT, 'b'), controlIdOf(later, 'a')];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9A-Z]{15,20}$/u);
    expect(controlIdOf(structuredClone(RESULT), 'a')).toBe(ids[0]);
  });

  test('contributing equipment names model, version, digest, provider and notice', () => {
    const [item] = contributingEquipment(RESULT.run, INSTALLATION, 0);
    expect(item).toMatchObject({
      ManufacturerModelName: 'VascularSEC reference',
      SoftwareVersions: '0.1.0',
      DeviceUID: modelDeviceUid(RESULT.run),
    });
    for (const part of [RESULT.run.modelDigest, 'provider=cpu', RESULT.run.notice])
      expect(item?.['ContributionDescription']).toContain(part);
  });
});
