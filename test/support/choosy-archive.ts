// An archive that takes some storage classes alone: DCMTK's storescp with a profile. In: their names as DCMTK has them. Out: where it listens, what it holds.
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DicomDestination } from '../../src/contracts/delivery.ts';
import { deliverTo } from '../../src/delivery/deliver.ts';
import { dimseSender } from '../../src/edge/dimse-scu.ts';
import { simplerForms } from '../../src/report/simpler-forms.ts';
import { startTool } from './dcmtk.ts';
import type { StoreForTest } from './store.ts';

export type ChoosyArchive = {
  readonly port: number;
  /** Paths of the objects it took. */
  readonly files: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

/** Starts the archive; it keeps its files in a folder inside `folder`. `syntaxes` are those of Explicit VR Little Endian alone when not given. */
export async function startChoosyArchive(
  folder: string,
  classes: readonly string[],
  syntaxes: readonly string[] = ['LittleEndianExplicit'],
): Promise<ChoosyArchive> {
  const own = await mkdtemp(path.join(folder, 'archive-'));
  const held = path.join(own, 'held');
  await mkdir(held);
  const profile = path.join(own, 'profile.cfg');
  const contexts = classes.map((name, index) => `PresentationContext${index + 1} = ${name}\\Plain`).join('\n');
  const transfer = syntaxes.map((name, index) => `TransferSyntax${index + 1} = ${name}`).join('\n');
  await writeFile(
    profile,
    `[[TransferSyntaxes]]\n[Plain]\n${transfer}\n[[PresentationContexts]]\n[Taken]\n${contexts}\n[[Profiles]]\n[Archive]\nPresentationContexts = Taken\n`,
  );
  const peer = await startTool('storescp', (port) => ['-xf', profile, 'Archive', '-od', held, String(port)]);
  return {
    port: peer.port,
    files: async () => (await readdir(held)).map((name) => path.join(held, name)),
    stop: peer.stop,
  };
}

/** Sends all that waits for a destination in a store, as the node does it, at the time `now`. */
export async function deliverAll(store: StoreForTest, destination: DicomDestination, now: () => number): Promise<void> {
  const turn = deliverTo(destination, {
    db: store.db(),
    spool: store.spool(),
    clock: now,
    chance: () => 1,
    owner: 'test',
    leaseMs: 60_000,
    sendDicom: dimseSender({ log: () => undefined }),
    sendHl7: () => Promise.reject(new Error('There is no HL7 destination here.')),
    sendFhir: () => Promise.reject(new Error('There is no FHIR destination here.')),
    simplerForms: (refused, name) => simplerForms(refused, name, { spool: store.spool(), db: store.db() }),
    log: () => undefined,
    onDelivered: () => undefined,
  });
  const signal = new AbortController().signal;
  for (let turns = 0; turns < 10 && (await turn(signal)); turns++);
}
