// A small HL7 receiver over MLLP, for the demonstration: takes messages one by one and acknowledges each after it was kept.
// In: a function that keeps a message. Out: a server with its port. Not part of a node in service: the node only sends HL7.
import { createServer, type Socket } from 'node:net';
import { message, parseMessage, segment, valueAt } from '../hl7/message.ts';
import { encode, frameReader } from '../hl7/mllp.ts';

const MOST_MESSAGE_BYTES = 4 * 1024 * 1024;

export type MllpServer = { readonly port: number; readonly stop: () => Promise<void> };

/** AA with MSA-2 = MSH-10 of the message (HL7 2.5.1 section 2.9.2); `receivedAt` is YYYYMMDDHHMMSS. */
function acknowledgementOf(text: string, receivedAt: string): string | null {
  const parsed = parseMessage(text);
  if (parsed === null) return null;
  const controlId = valueAt(parsed, 'MSH', 10);
  return message([
    segment('MSH', {
      3: valueAt(parsed, 'MSH', 5),
      4: valueAt(parsed, 'MSH', 6),
      5: valueAt(parsed, 'MSH', 3),
      6: valueAt(parsed, 'MSH', 4),
      7: receivedAt,
      9: { encoded: 'ACK^R01^ACK' },
      10: `A${controlId}`.slice(0, 20),
      11: valueAt(parsed, 'MSH', 11),
      12: valueAt(parsed, 'MSH', 12),
    }),
    segment('MSA', { 1: 'AA', 2: controlId }),
  ]);
}

/** Listens on loopback at any free port; `keep` gets the text of each message and its MSH-10 and is awaited before the acknowledgement. */
export function startMllpServer(options: {
  readonly now: () => Date;
  readonly keep: (text: string, controlId: string) => Promise<void>;
}): Promise<MllpServer> {
  const sockets = new Set<Socket>();
  const answer = async (socket: Socket, frame: Buffer): Promise<void> => {
    const text = frame.toString('utf8');
    const stamp = options.now().toISOString().replace(/[-:T]/g, '').slice(0, 14);
    const acknowledgement = acknowledgementOf(text, stamp);
    const parsed = parseMessage(text);
    if (acknowledgement === null || parsed === null) {
      socket.destroy();
      return;
    }
    await options.keep(text, valueAt(parsed, 'MSH', 10));
    socket.write(encode(acknowledgement, 'UNICODE UTF-8'));
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const reader = frameReader({ mostBytes: MOST_MESSAGE_BYTES });
    let turn = Promise.resolve();
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.feed(chunk)) turn = turn.then(() => answer(socket, frame)).catch(() => void socket.destroy());
      } catch {
        socket.destroy(); // A frame beyond the limit: the sender sees the connection end and keeps its message.
      }
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const stop = (): Promise<void> =>
        new Promise((stopped) => {
          for (const socket of sockets) socket.destroy();
          server.close(() => stopped());
        });
      resolve({ port, stop });
    });
  });
}
