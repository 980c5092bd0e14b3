// The messages between the pool of frame threads and a thread. Bytes are handed over, not copied.
import type { RegionWish } from '../contracts/analyser.ts';
import type { DisplayValues } from '../dicom/display.ts';
import type { EncodedFrame, FrameRegions } from '../dicom/frame-decoding.ts';
import type { FaultCode } from '../kernel/errors.ts';

/** A frame to be decoded, and with a wish to be read as well: then its places come back and not the frame. */
export type ToThread = EncodedFrame & { readonly wish: RegionWish | null };

export type FromThread =
  /** Its modules are loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'frame'; readonly frame: DisplayValues }
  | { readonly kind: 'regions'; readonly reading: FrameRegions }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly detail: string }
  /** What was thrown that is no fault of the registry. */
  | { readonly kind: 'error'; readonly name: string; readonly text: string };

/** The bytes with a buffer of their own, which can be handed over to another thread; copied where they are part of a larger one. */
export const handedOver = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);
