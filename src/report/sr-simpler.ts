// A report in the next simpler SOP class, for an archive that accepts no presentation context for its own. In: a report in the spool. Out: the same
// content under Comprehensive, Enhanced and at last Basic Text SR, which holds the sentences and the images alone; null when there is none simpler.
import { createHash } from 'node:crypto';
import type { Artifact } from '../contracts/delivery.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { codingSchemeIdentification, DOCUMENT, PROCEDURE } from '../dicom/codes.ts';
import { type Dataset, items, text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';
import { part10 } from '../dicom/part10-write.ts';
import { BASIC_TEXT_SR, SR_CLASSES } from '../dicom/sop-classes.ts';
import { uidFrom } from '../dicom/uids.ts';
import type { NewArtifact } from '../store/outbox.ts';
import type { Spool } from '../store/spool.ts';
import { type ContentItem, codesIn, container, contentAttributes, itemsIn, treeOf } from './sr-tree.ts';

const isNamed = (item: ContentItem, code: { readonly value: string }): boolean => item.concept?.value === code.value;

/**
 * Basic Text SR has no numbers and no regions (PS3.3 A.35.1): a heading with the impression, one with the comments and every image of the library
 * and of the explanations.
 */
function basicText(tree: ContentItem): ContentItem {
  const all = itemsIn(tree);
  const texts = (code: { readonly value: string }): readonly ContentItem[] =>
    tree.children.flatMap((child) => child.children).filter((item) => isNamed(item, code));
  const images = new Map<string, ContentItem>();
  for (const item of all) {
    const { value } = item;
    if (value.type !== 'IMAGE' || item.relation !== 'CONTAINS') continue;
    images.set(value.sopInstanceUid, {
      relation: 'CONTAINS',
      concept: null,
      value: { ...value, frames: [] },
      children: [],
    });
  }
  const findings = [...texts(DOCUMENT.comment), ...images.values()];
  return {
    ...tree,
    concept: PROCEDURE.ultrasoundReport,
    value: { type: 'CONTAINER', template: '2000' },
    children: [
      ...tree.children.filter(({ value }) => value.type !== 'CONTAINER'),
      container(PROCEDURE.impressions, null, texts(DOCUMENT.impression)),
      ...(findings.length === 0 ? [] : [container(PROCEDURE.findings, null, findings)]),
    ],
  };
}

/** The data set in the class `sopClassUid`, under a UID of its own that follows from the report's. */
export function inClass(attributes: Dataset, sopClassUid: string): Dataset {
  const own: Dataset = {
    ...attributes,
    SOPClassUID: sopClassUid,
    SOPInstanceUID: uidFrom(text(attributes, 'SOPInstanceUID'), sopClassUid),
  };
  const tree = sopClassUid === BASIC_TEXT_SR ? treeOf(attributes) : null;
  if (tree === null) return own;
  const simple = basicText(tree);
  const identified = items(attributes, 'CodingSchemeIdentificationSequence');
  const known = Object.fromEntries(identified.map((item) => [text(item, 'CodingSchemeDesignator'), item]));
  const schemes = codesIn(simple).map(({ scheme }) => scheme);
  return {
    ...own,
    CodingSchemeIdentificationSequence: codingSchemeIdentification(schemes, known),
    ...contentAttributes(simple),
  };
}

/** `sr-88.22.dcm`: the file name of a form of `sr.dcm`. */
export const nameInClass = (name: string, sopClassUid: string): string =>
  name.replace(/(-88\.\d+)?\.dcm$/u, `-88.${sopClassUid.split('.').at(-1)}.dcm`);

/** The class below; null for the simplest, and for what is no report. */
export function simplerClass(sopClassUid: string): string | null {
  const at = SR_CLASSES.indexOf(sopClassUid);
  return at <= 0 ? null : (SR_CLASSES[at - 1] ?? null);
}

/** Writes the simpler form of a report beside it; the same again for the same report. Faults: `spool-full`, `spool-write-failed`. */
export async function simplerForm(
  artifact: Artifact,
  destination: string,
  spool: Pick<Spool, 'absolute' | 'writeFile'>,
): Promise<NewArtifact | null> {
  const sopClassUid = artifact.kind === 'sr' ? simplerClass(artifact.sopClassUid) : null;
  if (sopClassUid === null) return null;
  const file = await openPart10(spool.absolute(artifact.spoolPath));
  try {
    const attributes = inClass(await attributesOf(file), sopClassUid);
    const bytes = part10({ attributes, transferSyntaxUid: artifact.transferSyntaxUid });
    const spoolPath = nameInClass(artifact.spoolPath, sopClassUid);
    await spool.writeFile(spoolPath, bytes);
    return {
      kind: artifact.kind,
      sopClassUid,
      sopInstanceUid: text(attributes, 'SOPInstanceUID'),
      transferSyntaxUid: artifact.transferSyntaxUid,
      controlId: '',
      spoolPath,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      destinations: [destination],
    };
  } finally {
    await file.close();
  }
}
