// Entry of a thread that works on frames, and the composition root of what runs in it. In: the encoded bytes of one frame at a time. Out: what a screen shows
// of it, or places on it as pictures; or why there is nothing.
import { parentPort } from 'node:worker_threads';
import { regionsHere } from '../analysis/regions.ts';
import type { RegionWish } from '../contracts/analyser.ts';
import { decodeHere, type EncodedFrame } from '../dicom/frame-decoding.ts';
import { isFault } from '../kernel/errors.ts';
import { type FromThread, handedOver, type ToThread } from './frame-protocol.ts';

const say = (message: FromThread, handed: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(message, handed);

async function decode({ encoded, coding }: EncodedFrame): Promise<void> {
  const { channels, data } = await decodeHere(encoded, coding);
  const handed = handedOver(data);
  say({ kind: 'frame', frame: { channels, data: handed } }, [handed.buffer]);
}

async function readRegions(frame: EncodedFrame, wish: RegionWish): Promise<void> {
  const reading = await regionsHere(frame, wish);
  const regions = reading.regions.map((region) => ({
    ...region,
    picture: { ...region.picture, data: handedOver(region.picture.data) },
  }));
  const buffers = regions.map(({ picture }) => picture.data.buffer);
  say({ kind: 'regions', reading: { ...reading, regions } }, buffers);
}

async function answer({ wish, ...frame }: ToThread): Promise<void> {
  try {
    if (wish === null) await decode(frame);
    else await readRegions(frame, wish);
  } catch (error) {
    if (isFault(error)) say({ kind: 'fault', code: error.code, detail: error.detail });
    else if (error instanceof Error) say({ kind: 'error', name: error.name, text: error.message });
    else say({ kind: 'error', name: typeof error, text: '' });
  }
}

parentPort?.on('message', (task: ToThread) => void answer(task));
say({ kind: 'ready' });
