// Objects and messages as bytes with the rows that tell of them. In: data sets, message texts. Out: artifacts, written into the spool.
import { createHash } from 'node:crypto';
import type { ArtifactKind, Hl7Destination } from '../contracts/delivery.ts';
import type { StoredInstance } from '../contracts/instance.ts';
import type { Job } from '../contracts/job.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';
import { part10 } from '../dicom/part10-write.ts';
import { EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS } from '../dicom/transfer-syntaxes.ts';
import type { NewArtifact } from '../store/outbox.ts';
import type { Spool } from '../store/spool.ts';
import { artifactFolder, messageName } from './earlier-report.ts';
import type { RenderedMessage } from './oru.ts';

/** One output before it is in the spool; `name` is its file name in the folder of its job. */
export type Written = {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly controlId: string;
  readonly destinations: readonly string[];
};

/** An output whose bytes are made when it is written, so that many large ones are never held together. */
export type WrittenLater = Omit<Written, 'bytes'> & { readonly bytes: () => Promise<Uint8Array> };

export type Output = Written | WrittenLater;

const described = (
  kind: ArtifactKind,
  name: string,
  facts: { readonly attributes: Dataset; readonly transferSyntaxUid: string; readonly destinations: readonly string[] },
): Omit<Written, 'bytes'> => ({
  kind,
  name,
  sopClassUid: text(facts.attributes, 'SOPClassUID'),
  sopInstanceUid: text(facts.attributes, 'SOPInstanceUID'),
  transferSyntaxUid: facts.transferSyntaxUid,
  controlId: '',
  destinations: facts.destinations,
});

/** A DICOM object without pixels, in Explicit VR Little Endian. */
export const object = (
  kind: ArtifactKind,
  name: string,
  facts: { readonly attributes: Dataset; readonly destinations: readonly string[] },
): Written => {
  const { attributes } = facts;
  const transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN;
  return { ...described(kind, name, { ...facts, transferSyntaxUid }), bytes: part10({ attributes, transferSyntaxUid }) };
};

/** A DICOM image in RLE Lossless. `frames` are packed already, and made when the image is written. */
export const packedImage = (
  name: string,
  facts: {
    readonly attributes: Dataset;
    readonly frames: () => Promise<readonly Uint8Array[]>;
    readonly destinations: readonly string[];
  },
): WrittenLater => {
  const { attributes, frames } = facts;
  const transferSyntaxUid = RLE_LOSSLESS;
  return {
    ...described('capture', name, { ...facts, transferSyntaxUid }),
    bytes: async () => part10({ attributes, transferSyntaxUid, frames: await frames() }),
  };
};

/** An HL7 message to one destination. */
export const messageTo = (destination: Hl7Destination, { message, controlId }: RenderedMessage): Written => ({
  kind: 'oru',
  name: messageName(controlId),
  bytes: Buffer.from(message, 'utf8'),
  sopClassUid: '',
  sopInstanceUid: '',
  transferSyntaxUid: '',
  controlId,
  destinations: [destination.name],
});

/** Writes the outputs of a job, one after the other; resolves with their rows. */
export async function writeOutputs(
  job: Pick<Job, 'jobKey'>,
  outputs: readonly Output[],
  spool: Pick<Spool, 'writeFile'>,
): Promise<readonly NewArtifact[]> {
  const artifacts: NewArtifact[] = [];
  for (const { name, bytes: made, ...output } of outputs) {
    const bytes = typeof made === 'function' ? await made() : made;
    const spoolPath = `${artifactFolder(job.jobKey)}/${name}`;
    await spool.writeFile(spoolPath, bytes);
    artifacts.push({ ...output, spoolPath, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return artifacts;
}

/** The attributes of a received instance, from its file. */
export async function headerOf(instance: StoredInstance, spool: Pick<Spool, 'absolute'>): Promise<Dataset> {
  const file = await openPart10(spool.absolute(instance.spoolPath));
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}
