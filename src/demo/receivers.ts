// The hospital of the demonstration: a receiver that stands for the PACS and one that stands for the EHR, on loopback.
// In: two folders. Out: their ports; every object and every message becomes a file before it is acknowledged.
import { randomUUID } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { IncomingInstance, InstanceSink } from '../contracts/association.ts';
import { part10Head } from '../dicom/part10-write.ts';
import { isTolerableUid } from '../dicom/uids.ts';
import { DEFAULT_SCP_LIMITS, startDimseScp } from '../edge/dimse-scp.ts';
import { startMllpServer } from '../edge/mllp-server.ts';
import { fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

export const PACS_AE_TITLE = 'PACS';

export type Receiver = { readonly port: number; readonly stop: () => Promise<void> };

const nothingToLog: Log = () => undefined;

/** Takes every object as a Part 10 file named by its SOP Instance UID; the same UID again replaces the file. */
export async function startPacs(folder: string): Promise<Receiver> {
  const scp = await startDimseScp({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    limits: DEFAULT_SCP_LIMITS,
    admit: (request) =>
      Promise.resolve({
        accept: true,
        contexts: request.contexts.map(({ id, transferSyntaxUids: [first] }) =>
          first === undefined ? { id, result: 4 } : { id, result: 0, transferSyntaxUid: first },
        ),
      }),
    openInstance: (incoming) => fileSink(folder, incoming),
    newAssociationKey: () => randomUUID().slice(0, 8),
    log: nothingToLog,
  });
  return { port: scp.port, stop: () => scp.stop(1000) };
}

async function fileSink(folder: string, incoming: IncomingInstance): Promise<InstanceSink> {
  if (!isTolerableUid(incoming.sopInstanceUid)) throw fault('invalid-uid');
  const name = path.join(folder, `${incoming.sopInstanceUid}.dcm`);
  const partial = `${name}.part`;
  const file = await open(partial, 'w');
  await file.write(
    part10Head({
      sopClassUid: incoming.sopClassUid,
      sopInstanceUid: incoming.sopInstanceUid,
      transferSyntaxUid: incoming.transferSyntaxUid,
      sourceAeTitle: incoming.association.callingAeTitle,
    }),
  );
  return {
    write: async (chunk) => void (await file.write(chunk)),
    commit: async () => {
      await file.sync();
      await file.close();
      await rename(partial, name);
      return 0;
    },
    abort: async () => {
      await file.close();
      await rm(partial, { force: true });
    },
  };
}

/** Takes every message as a file named by its MSH-10; the same message again replaces the file. */
export const startEhr = (folder: string): Promise<Receiver> =>
  startMllpServer({
    now: () => new Date(),
    keep: (text, controlId) => writeFile(path.join(folder, `${controlId.replace(/[^\w.-]/g, '_')}.hl7`), text, { flush: true }),
  });
