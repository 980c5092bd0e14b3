// The messages between the pool of frame threads and a thread. Bytes are handed over, not copied.
import type { ReadRegions, RegionPicture } from '../contracts/analyser.ts';
import type { DisplayValues } from '../dicom/display.ts';
import type { FrameCoding } from '../dicom/frame-decoding.ts';
import type { FaultCode } from '../kernel/errors.ts';

export type DecodeTask = { readonly kind: 'decode'; readonly encoded: Uint8Array; readonly coding: FrameCoding };

export type RegionsTask = {
  readonly kind: 'regions';
  readonly frame: Parameters<ReadRegions>[0];
  readonly wish: Parameters<ReadRegions>[1];
};

export type ToThread = DecodeTask | RegionsTask;

export type FromThread =
  /** Its modules are loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'frame'; readonly frame: DisplayValues }
  | { readonly kind: 'regions'; readonly regions: readonly RegionPicture[] }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly detail: string }
  /** What was thrown that is no fault of the registry. */
  | { readonly kind: 'error'; readonly name: string; readonly text: string };

/** The bytes with a buffer of their own, which can be handed over to another thread; copied where they are part of a larger one. */
export const handedOver = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);
