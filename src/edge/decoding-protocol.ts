// The messages between the pool of decoding threads and a thread. Bytes are handed over, not copied.
import type { DisplayValues } from '../dicom/display.ts';
import type { FrameCoding } from '../dicom/frame-decoding.ts';
import type { FaultCode } from '../kernel/errors.ts';

export type ToThread = { readonly encoded: Uint8Array; readonly coding: FrameCoding };

export type FromThread =
  /** Its modules are loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'frame'; readonly frame: DisplayValues }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly detail: string }
  /** What a decoder threw that is no fault of the registry. */
  | { readonly kind: 'error'; readonly name: string; readonly text: string };

/** The bytes with a buffer of their own, which can be handed over to another thread; copied where they are part of a larger one. */
export const handedOver = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);
