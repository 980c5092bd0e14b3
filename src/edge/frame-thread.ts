// Entry of a thread that works on frames, and the composition root of what runs in it. In: the encoded bytes of one frame, or a decoded frame and places on
// it, one at a time. Out: what a screen shows, or the places as pictures; or why there is nothing.
import { parentPort } from 'node:worker_threads';
import { regionsHere } from '../analysis/regions.ts';
import { decodeHere } from '../dicom/frame-decoding.ts';
import { isFault } from '../kernel/errors.ts';
import { type DecodeTask, type FromThread, handedOver, type RegionsTask, type ToThread } from './frame-protocol.ts';

const say = (message: FromThread, handed: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(message, handed);

async function decode({ encoded, coding }: DecodeTask): Promise<void> {
  const { channels, data } = await decodeHere(encoded, coding);
  const handed = handedOver(data);
  say({ kind: 'frame', frame: { channels, data: handed } }, [handed.buffer]);
}

async function readRegions({ frame, wish }: RegionsTask): Promise<void> {
  const regions = (await regionsHere(frame, wish)).map((region) => ({
    ...region,
    picture: { ...region.picture, data: handedOver(region.picture.data) },
  }));
  const buffers = regions.map(({ picture }) => picture.data.buffer);
  say({ kind: 'regions', regions }, buffers);
}

async function answer(task: ToThread): Promise<void> {
  try {
    if (task.kind === 'decode') await decode(task);
    else await readRegions(task);
  } catch (error) {
    if (isFault(error)) say({ kind: 'fault', code: error.code, detail: error.detail });
    else if (error instanceof Error) say({ kind: 'error', name: error.name, text: error.message });
    else say({ kind: 'error', name: typeof error, text: '' });
  }
}

parentPort?.on('message', (task: ToThread) => void answer(task));
say({ kind: 'ready' });
