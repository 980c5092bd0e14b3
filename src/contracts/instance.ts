// One received DICOM instance: its header, read once at intake, and where its bytes lie. Types only.
import type { Code } from './model.ts';

/** Attributes of a received instance that assembly, routing and analysis decide on. Empty string or null where absent. */
export type InstanceHeader = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly accessionNumber: string;
  readonly modality: string;
  readonly bodyPartExamined: string;
  readonly studyDescription: string;
  readonly seriesDescription: string;
  readonly protocolName: string;
  readonly imageComments: string;
  readonly viewName: string;
  /** `L`, `R`, `B`, `U` or empty: ImageLaterality (0020,0062), else Laterality (0020,0060). */
  readonly laterality: string;
  readonly anatomicRegion: readonly Code[];
  readonly viewCode: readonly Code[];
  readonly imageType: readonly string[];
  readonly instanceNumber: number | null;
  readonly numberOfFrames: number;
  readonly rows: number;
  readonly columns: number;
  readonly manufacturer: string;
  readonly manufacturerModelName: string;
};

/** A stored instance: the row of the ledger. `spoolPath` is relative to the spool folder. */
export type StoredInstance = InstanceHeader & {
  readonly instanceKey: number;
  readonly studyKey: number;
  /** Study revision this instance opened or joined. */
  readonly revision: number;
  readonly spoolPath: string;
  readonly byteLength: number;
  /** SHA-256 of the data set as sent, lower-case hexadecimal. */
  readonly sha256: string;
  readonly callingAeTitle: string;
  readonly receivedAt: number;
};
