// What every object says of its making, and the UIDs that follow from it. In: a result and the installation. Out: UIDs and attributes. Pure.
import { createHash } from 'node:crypto';
import type { ResultFacts, RunFacts } from '../contracts/finding.ts';
import { OBSERVER } from '../dicom/codes.ts';
import { codeItem, type Dataset } from '../dicom/dataset.ts';
import { uidFrom } from '../dicom/uids.ts';
import { dateTimeText } from './times.ts';

/** This node as its objects name it; `deviceUid` stays the same for the life of the installation. */
export type Installation = {
  readonly deviceUid: string;
  readonly manufacturer: string;
  readonly modelName: string;
  /** Institution of the node; empty where the site does not say. */
  readonly institutionName: string;
  readonly serialNumber: string;
  readonly softwareVersion: string;
  readonly stationName: string;
  readonly aeTitle: string;
};

export type OutputKind = 'sr' | 'capture' | 'oru' | 'key-images';

/** SHA-256 over the SOP Instance UID and the digest of every input, sorted: the same inputs in any order give the same digest. */
export function inputDigest(inputs: ResultFacts['inputs']): string {
  const hash = createHash('sha256');
  for (const line of inputs.map((input) => `${input.sopInstanceUid} ${input.sha256}\n`).sort()) hash.update(line, 'utf8');
  return hash.digest('hex');
}

/** What the identity of an output follows from. */
export type Identified = Pick<ResultFacts, 'studyInstanceUid' | 'revision' | 'run' | 'inputs'>;

/** SOP Instance UID of an output: the same study, revision, model and inputs always give the same object. */
export const outputUid = (result: Identified, kind: OutputKind, part = ''): string =>
  uidFrom(result.studyInstanceUid, String(result.revision), result.run.modelDigest, inputDigest(result.inputs), kind, part);

/** Series of one kind of output of one model in a study, the same over all revisions. */
export const outputSeriesUid = (result: Pick<ResultFacts, 'studyInstanceUid' | 'run'>, kind: OutputKind, part = ''): string =>
  uidFrom(result.studyInstanceUid, result.run.modelId, kind, 'series', ...(part === '' ? [] : [part]));

/** Tracking UID of a finding: the same over re-runs, revisions and versions of the model. */
export const trackingUid = (result: Pick<ResultFacts, 'studyInstanceUid' | 'run'>, ...site: readonly string[]): string =>
  uidFrom(result.studyInstanceUid, result.run.modelId, 'tracking', ...site);

/** Device UID of an algorithm: changes whenever the model changes. */
export const modelDeviceUid = (run: RunFacts): string => uidFrom('model', run.modelDigest);

/** MSH-10 (at most 20 characters) from the same hash as the UIDs: rendered again, a message keeps its control id. */
export const controlIdOf = (result: Identified, destination: string): string =>
  BigInt(outputUid(result, 'oru', destination).slice('2.25.'.length))
    .toString(36)
    .toUpperCase()
    .slice(-20);

/** How the run was made, as `key=value` texts: Algorithm Parameters and the contribution description. No operating point where nothing was compared. */
export const runParameters = (
  run: RunFacts,
  installation: Installation,
  threshold: number | null = run.statement.threshold,
): readonly string[] => [
  ...(threshold === null
    ? []
    : [`operating point=${threshold}${run.statement.thresholdMethod === '' ? '' : ` (${run.statement.thresholdMethod})`}`]),
  `model sha256=${run.modelDigest}`,
  `execution provider=${run.provider}`,
  `node=${installation.modelName} ${installation.softwareVersion}`,
];

/** General Equipment of an object made by this node (PS3.3 C.7.5.1). */
export const equipment = (installation: Installation): Dataset => ({
  Manufacturer: installation.manufacturer,
  ...(installation.institutionName === '' ? {} : { InstitutionName: installation.institutionName }),
  ManufacturerModelName: installation.modelName,
  DeviceSerialNumber: installation.serialNumber,
  SoftwareVersions: installation.softwareVersion,
  StationName: installation.stationName,
});

/** The algorithm as Contributing Equipment (PS3.3 C.12.1); IHE AI Results wants a Device UID per model there. */
export const contributingEquipment = (run: RunFacts, installation: Installation, offsetMinutes: number): readonly Dataset[] => [
  {
    PurposeOfReferenceCodeSequence: [codeItem(OBSERVER.processingEquipment)],
    Manufacturer: run.modelManufacturer,
    ManufacturerModelName: run.modelName,
    SoftwareVersions: run.modelVersion,
    DeviceUID: modelDeviceUid(run),
    ContributionDateTime: dateTimeText(run.finishedAt, offsetMinutes),
    ContributionDescription: [run.notice, ...runParameters(run, installation)].join('; ').slice(0, 1024),
  },
];
