// Instances as a sender would stream them: data sets without a file head, in any transfer syntax, and the log of what intake said.
import { deflateRawSync } from 'node:zlib';
import type { AssociationRequest, IncomingInstance, InstanceSink } from '../../src/contracts/association.ts';
import type { Dataset } from '../../src/dicom/dataset.ts';
import { part10 } from '../../src/dicom/part10-write.ts';
import {
  DEFLATED_EXPLICIT_LITTLE_ENDIAN,
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
} from '../../src/dicom/transfer-syntaxes.ts';
import type { EventName, Log } from '../../src/kernel/log.ts';

const ASSOCIATION: AssociationRequest = {
  key: 'a1',
  callingAeTitle: 'SCANNER',
  calledAeTitle: 'SONORELAY',
  remoteAddress: '127.0.0.1',
  tls: false,
  maxPduLength: 16_384,
  implementationClassUid: '1.2.3',
  implementationVersionName: 'TEST',
  contexts: [],
};

export const ULTRASOUND = '1.2.840.10008.5.1.4.1.1.6.1';

/** A small grey ultrasound image, instance `number` of study `study`. */
export const image = (study: number, number: number, changes: Dataset = {}): Dataset => ({
  SOPClassUID: ULTRASOUND,
  SOPInstanceUID: `1.2.3.${study}.1.${number}`,
  StudyInstanceUID: `1.2.3.${study}`,
  SeriesInstanceUID: `1.2.3.${study}.1`,
  AccessionNumber: `ACC${study}`,
  Modality: 'US',
  PatientName: 'CANARY^NAME',
  PatientID: 'CANARY-ID',
  PatientBirthDate: '19010203',
  SeriesDescription: 'LT FV TRANS',
  InstanceNumber: number,
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 8,
  Columns: 8,
  BitsAllocated: 8,
  BitsStored: 8,
  HighBit: 7,
  PixelRepresentation: 0,
  ...changes,
});

/** The data set as it goes over the wire. `fill`: value of every pixel. Big endian: the identifying attributes only, written by hand. */
export function dataSetBytes(attributes: Dataset, transferSyntaxUid: string = EXPLICIT_LITTLE_ENDIAN, fill = 7): Buffer {
  if (transferSyntaxUid === EXPLICIT_BIG_ENDIAN) return bigEndian(attributes);
  const deflated = transferSyntaxUid === DEFLATED_EXPLICIT_LITTLE_ENDIAN;
  const frames = [new Uint8Array(64).fill(fill)];
  const file = Buffer.from(
    part10({ attributes, transferSyntaxUid: deflated ? EXPLICIT_LITTLE_ENDIAN : transferSyntaxUid, frames }),
  );
  // Preamble, prefix and the group length element end at byte 144; its value counts the rest of group 0002 (PS3.10 7.1).
  const dataSet = file.subarray(144 + file.readUInt32LE(140));
  return deflated ? deflateRawSync(dataSet) : dataSet;
}

const IDENTIFYING: readonly (readonly [number, number, string, string])[] = [
  [0x0008, 0x0016, 'UI', 'SOPClassUID'],
  [0x0008, 0x0018, 'UI', 'SOPInstanceUID'],
  [0x0008, 0x0060, 'CS', 'Modality'],
  [0x0020, 0x000d, 'UI', 'StudyInstanceUID'],
  [0x0020, 0x000e, 'UI', 'SeriesInstanceUID'],
];

function bigEndian(attributes: Dataset): Buffer {
  return Buffer.concat(
    IDENTIFYING.map(([group, element, vr, keyword]) => {
      const text = String(attributes[keyword] ?? '');
      const value = Buffer.from(text.length % 2 === 0 ? text : `${text}${vr === 'UI' ? '\0' : ' '}`, 'latin1');
      const head = Buffer.alloc(8);
      head.writeUInt16BE(group, 0);
      head.writeUInt16BE(element, 2);
      head.write(vr, 4, 'latin1');
      head.writeUInt16BE(value.length, 6);
      return Buffer.concat([head, value]);
    }),
  );
}

/** What C-STORE announces of a data set. */
export const announced = (attributes: Dataset, transferSyntaxUid: string = EXPLICIT_LITTLE_ENDIAN): IncomingInstance => ({
  association: ASSOCIATION,
  sopClassUid: String(attributes['SOPClassUID']),
  sopInstanceUid: String(attributes['SOPInstanceUID']),
  transferSyntaxUid,
});

/** Streams `bytes` into a sink in chunks and resolves with the status. */
export async function stream(sink: InstanceSink, bytes: Uint8Array, chunkBytes = 300): Promise<number> {
  for (let at = 0; at < bytes.length; at += chunkBytes) await sink.write(bytes.subarray(at, at + chunkBytes));
  return sink.commit();
}

export type LoggedEvent = { readonly name: EventName } & Readonly<Record<string, unknown>>;

/** A log that keeps its events. */
export function keptLog(): { readonly log: Log; readonly events: LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  const log: Log = (name, fields) => {
    events.push({ ...fields, name });
  };
  return { log, events };
}
