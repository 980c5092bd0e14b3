// Receiving: the node beside storescp, in turn, fed by the same sender. In: rounds. Out: tables with medians and ratios.
// Success of the node means synced to the disk and committed; storescp leaves its files to the page cache. The ratio says what that costs.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tableText } from '../../src/commands/table.ts';
import { runTool } from '../support/dcmtk.ts';
import { durableFileMs } from './disk.ts';
import { figure, median } from './figures.ts';
import { cpuSeconds, memoryMiB } from './process-figures.ts';
import { type Receiver, type ReceiverKind, SENDER_AE_TITLE, startReceiver } from './receivers.ts';
import { type Shape, type TestData, writeTestData } from './test-data.ts';

type Say = (text: string) => void;

const KINDS: readonly ReceiverKind[] = ['node', 'storescp'];
const SENDERS = [1, 4] as const;
const SEND_TIMEOUT_MS = 120_000;

const STILL = { name: 'stills of 0.5 MB', frames: 1, rows: 640, columns: 800 } as const;
const CINE = { name: 'cines of 50 MB', frames: 50, rows: 1000, columns: 1000 } as const;
const QUICK_CINE = { ...CINE, name: 'cines of 10 MB', frames: 10 } as const;
const LARGE = { name: 'one of 500 MB', count: 1, frames: 500, rows: 1000, columns: 1000 } as const;

const shapesOf = (quick: boolean): readonly Shape[] =>
  quick
    ? [
        { ...STILL, count: 40 },
        { ...QUICK_CINE, count: 4 },
      ]
    : [
        { ...STILL, count: 200 },
        { ...CINE, count: 4 },
      ];

/** One data set, and a smaller one of the same kind with other UIDs that warms the receiver up. */
type Prepared = { readonly data: TestData; readonly warmUp: TestData };

type Measured = {
  readonly seconds: number;
  readonly instancesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
};

/** Sends the folders, divided among `senders` processes; resolves when all of them are done. */
async function send(folders: readonly string[], receiver: Receiver, senders: number): Promise<void> {
  const shares = Array.from({ length: senders }, (_, index) => folders.filter((_folder, place) => place % senders === index));
  const addressed = ['-aet', SENDER_AE_TITLE, '-aec', receiver.aeTitle, '127.0.0.1', String(receiver.port)];
  await Promise.all(
    shares
      .filter((share) => share.length > 0)
      .map(async (share) => {
        const args = ['--max-send-pdu', '131072', '+sd', ...addressed, ...share];
        const { code, output } = await runTool('dcmsend', args, { timeoutMs: SEND_TIMEOUT_MS });
        if (code !== 0) throw new Error(`dcmsend ended with ${code}: ${output}`);
      }),
  );
}

/** A fresh receiver, warmed up, given the whole of the data once. */
async function measureOnce(
  kind: ReceiverKind,
  prepared: Prepared,
  options: { readonly senders: number; readonly folder: string },
): Promise<Measured> {
  const { senders, folder } = options;
  const { data, warmUp } = prepared;
  await mkdir(folder);
  const receiver = await startReceiver(kind, folder, senders);
  try {
    await send(warmUp.folders, receiver, senders);
    const cpuBefore = cpuSeconds(receiver.pid);
    const endWatch = receiver.watchMemory();
    const begun = performance.now();
    await send(data.folders, receiver, senders);
    const seconds = (performance.now() - begun) / 1000;
    const peakMiB = endWatch();
    const cpu = cpuSeconds(receiver.pid) - cpuBefore;
    const held = await receiver.held();
    const sent = data.instances + warmUp.instances;
    if (held !== sent) throw new Error(`${kind} holds ${held} of the ${sent} instances it acknowledged.`);
    return {
      seconds,
      instancesPerSecond: data.instances / seconds,
      megabytesPerSecond: data.megabytes / seconds,
      cpuSeconds: cpu,
      peakMiB,
    };
  } finally {
    await receiver.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const inTemporaryFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-bench-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const medianOf = (runs: readonly Measured[], key: keyof Measured): number => median(runs.map((run) => run[key]));

const FIGURES: readonly (keyof Measured)[] = ['instancesPerSecond', 'megabytesPerSecond', 'cpuSeconds', 'peakMiB'];

function rowsOf(what: string, senders: number, runs: Readonly<Record<ReceiverKind, readonly Measured[]>>): readonly string[][] {
  const rows = KINDS.map((kind) => [
    what,
    String(senders),
    kind,
    ...FIGURES.map((key) => figure(medianOf(runs[kind], key))),
    runs[kind].map(({ megabytesPerSecond }) => figure(megabytesPerSecond)).join(' '),
  ]);
  const ratios = FIGURES.map((key) => `x ${figure(medianOf(runs.node, key) / medianOf(runs.storescp, key))}`);
  return [...rows, ['', '', 'node / storescp', ...ratios]];
}

/** Every shape with 1 and 4 senders; in each round the node first, then storescp. */
export async function measureReceive(options: {
  readonly rounds: number;
  readonly quick: boolean;
  readonly say: Say;
}): Promise<void> {
  const { rounds, quick, say } = options;
  say(`Receiving, ${rounds} round(s), medians. The node syncs and commits before Success; storescp does neither.`);
  await inTemporaryFolder(async (folder) => {
    const bytes = STILL.rows * STILL.columns;
    const durableMs = await durableFileMs(folder, bytes);
    say(`This disk writes, syncs and renames a file of ${figure(bytes / 1e6)} MB in ${figure(durableMs)} ms.`);
    const rows: string[][] = [];
    for (const [number, shape] of shapesOf(quick).entries()) {
      const data = await writeTestData(path.join(folder, `data-${number}`), shape, 10 + number);
      const few = { ...shape, count: Math.min(8, shape.count), frames: Math.min(5, shape.frames) };
      const prepared = { data, warmUp: await writeTestData(path.join(folder, `warm-up-${number}`), few, 20 + number) };
      for (const senders of SENDERS) {
        const runs: Record<ReceiverKind, Measured[]> = { node: [], storescp: [] };
        for (let round = 1; round <= rounds; round += 1) {
          for (const kind of KINDS)
            runs[kind].push(await measureOnce(kind, prepared, { senders, folder: path.join(folder, 'receiver') }));
        }
        rows.push(...rowsOf(`${shape.count} ${shape.name}`, senders, runs));
      }
      for (const one of [data, prepared.warmUp]) for (const part of one.folders) await rm(part, { recursive: true, force: true });
    }
    const heading = ['Data', 'Senders', 'Receiver', 'instances/s', 'MB/s', 'CPU s', 'peak MiB', 'MB/s by round'];
    say(`\n${tableText(heading, rows)}\n`);
    say(
      'Peak: VmHWM of the receiving process; of storescp with 4 senders the sum over its processes, shared pages counted in each.\n',
    );
  });
}

/** One instance of 500 MB to the node. */
export async function measureLarge({ quick, say }: { readonly quick: boolean; readonly say: Say }): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const shape: Shape = quick ? { ...LARGE, name: 'one of 100 MB', frames: 100 } : LARGE;
    const data = await writeTestData(path.join(folder, 'data'), shape, 30);
    const warmUp = await writeTestData(path.join(folder, 'warm-up'), { ...shape, frames: 5 }, 31);
    await mkdir(path.join(folder, 'receiver'));
    const receiver = await startReceiver('node', path.join(folder, 'receiver'), 1);
    try {
      await send(warmUp.folders, receiver, 1);
      const before = memoryMiB(receiver.pid, 'VmRSS');
      const begun = performance.now();
      await send(data.folders, receiver, 1);
      const seconds = (performance.now() - begun) / 1000;
      const peak = memoryMiB(receiver.pid, 'VmHWM');
      say(
        `One instance of ${figure(data.megabytes)} MB: ${figure(seconds)} s; the node grew from ${figure(before)} to at most ${figure(peak)} MiB, by ${figure(peak - before)} MiB.\n`,
      );
    } finally {
      await receiver.stop();
    }
  });
}
