// The modality of the demonstration: DICOM files of a folder, sent to the node over one association.
// In: a folder and a port. Out: how many were accepted, and the words about those that were not.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { StoreItem } from '../contracts/delivery.ts';
import { attributesOf, instanceHeader } from '../dicom/attributes.ts';
import { openPart10 } from '../dicom/part10.ts';
import { dimseSender } from '../edge/dimse-scu.ts';
import { errorText } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

export const MODALITY_AE_TITLE = 'MODALITY';

export type Unsendable = { readonly file: string; readonly because: string };
export type Sent = { readonly accepted: number; readonly refused: readonly Unsendable[] };

/** Every DICOM file below `folder`, in the order of the names; files that are none come back with the reason. */
export async function dicomFiles(
  folder: string,
): Promise<{ readonly items: readonly StoreItem[]; readonly others: readonly Unsendable[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const items: StoreItem[] = [];
  const others: Unsendable[] = [];
  for (const file of files.toSorted()) {
    if (path.extname(file) === '.json') continue;
    try {
      items.push(await itemOf(file));
    } catch (error) {
      others.push({ file, because: errorText(error) });
    }
  }
  return { items, others };
}

async function itemOf(file: string): Promise<StoreItem> {
  const opened = await openPart10(file);
  try {
    const { sopClassUid, sopInstanceUid } = instanceHeader(attributesOf(opened), opened.transferSyntaxUid);
    return { path: file, sopClassUid, sopInstanceUid, transferSyntaxUid: opened.transferSyntaxUid };
  } finally {
    await opened.close();
  }
}

const nothingToLog: Log = () => undefined;

/** Sends the items to the node at `port` of this machine. */
export async function send(items: readonly StoreItem[], port: number, calledAeTitle: string): Promise<Sent> {
  const destination = {
    name: 'node',
    kind: 'dicom',
    host: '127.0.0.1',
    port,
    calledAeTitle,
    callingAeTitle: MODALITY_AE_TITLE,
    tls: null,
    connectTimeoutMs: 10_000,
    responseTimeoutMs: 60_000,
    retry: { firstDelayMs: 1000, longestDelayMs: 1000, mostAttempts: 1 },
  } as const;
  const answers = await dimseSender({ log: nothingToLog })(destination, items);
  const outcomes = items.flatMap((item, index) => {
    const outcome = answers[index];
    return outcome === undefined ? [] : [[item, outcome] as const];
  });
  return {
    accepted: outcomes.filter(([, outcome]) => outcome.kind === 'accepted').length,
    refused: outcomes.flatMap(([item, outcome]) =>
      outcome.kind === 'accepted' ? [] : [{ file: item.path, because: `${outcome.code}: ${outcome.words}` }],
    ),
  };
}
