// Entry of a thread that decodes frames. In: the encoded bytes of one frame at a time. Out: what a screen shows of it, or why there is nothing.
import { parentPort } from 'node:worker_threads';
import { decodeHere } from '../dicom/frame-decoding.ts';
import { isFault } from '../kernel/errors.ts';
import { type FromThread, handedOver, type ToThread } from './decoding-protocol.ts';

const say = (message: FromThread, handed: readonly ArrayBuffer[] = []): void => parentPort?.postMessage(message, handed);

async function answer({ encoded, coding }: ToThread): Promise<void> {
  try {
    const { channels, data } = await decodeHere(encoded, coding);
    const handed = handedOver(data);
    say({ kind: 'frame', frame: { channels, data: handed } }, [handed.buffer]);
  } catch (error) {
    if (isFault(error)) say({ kind: 'fault', code: error.code, detail: error.detail });
    else if (error instanceof Error) say({ kind: 'error', name: error.name, text: error.message });
    else say({ kind: 'error', name: typeof error, text: '' });
  }
}

parentPort?.on('message', (message: ToThread) => void answer(message));
say({ kind: 'ready' });
