// dicom3tools' validator: in, a DICOM file; out, what it finds wrong. Every finding that is put up with stands in the table below with its reason.
import { runTool } from './dcmtk.ts';

/** Findings of dciodvfy 1.00~20220618 that are no fault of the object. Nothing else is accepted, warnings included. */
export const KNOWN_FINDINGS: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  {
    pattern: /^Warning - .*Unrecognized defined term = <99SONORELAY>/u,
    because: 'said once for every private code; PS3.3 8.2 permits private designators that begin with 99',
  },
  {
    pattern:
      /^Warning - <\/CodingSchemeIdentificationSequence\(0008,0110\)\[\d+\]\/CodingScheme(UID|Designator)\(.*Unrecognized defined term = </u,
    because: 'the identification of the private scheme and of RFC5646, which the tool does not list',
  },
  {
    pattern:
      /^Warning - <\/ContributingEquipmentSequence\(0018,a001\)\[1\]\/DeviceUID\(0018,1002\)> - Attribute is not present in standard DICOM IOD$/u,
    because: 'the tool is older than the attribute; IHE AI Results asks for it',
  },
  {
    pattern:
      /^Warning - <\/(PatientID|StudyDate|StudyTime|StudyID)\(.*> - Missing attribute or value that would be needed to build DICOMDIR$/u,
    because: 'the source itself has no such value, and none may be made up',
  },
];

/** Every line of the validator that is an error or a warning and is not in the table. */
export async function findings(file: string): Promise<readonly string[]> {
  const { output } = await runTool('dciodvfy', ['-new', file]);
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(Error|Warning|Abort)\b/u.test(line))
    .filter((line) => !KNOWN_FINDINGS.some(({ pattern }) => pattern.test(line)));
}

/** Findings about a value that the node copies from the sender's own object, because a report must say whose it is in the very words of its study. */
export const INHERITED_FINDINGS: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  {
    pattern: /^Error - .*Illegal root for UID = <([^>]+)>$/u,
    because: 'the study has UIDs of an unregistered root; a report with other UIDs would not be of that study',
  },
  {
    pattern: /^Warning - .*CodingSchemeDesignator.*Unrecognized defined term = <([^>]+)>$/u,
    because: 'the procedure code is of the sender, in a scheme of its own',
  },
  {
    pattern: /^Warning - .*Value dubious for this VR \[PN\] = <([^>]+)> - Retired Person Name form$/u,
    because: 'the name is as the sender wrote it',
  },
];

/** True when a finding is about a value that stands in the sender's own objects, given as their dumps. */
export const isInherited = (finding: string, sourceDumps: string): boolean =>
  INHERITED_FINDINGS.some(({ pattern }) => {
    const value = pattern.exec(finding)?.[1];
    return value !== undefined && sourceDumps.includes(value);
  });
