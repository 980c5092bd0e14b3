// From the last image to the report. In: how many examinations. Out: where the seconds went, from the ledger, and the memory of the processes.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tableText } from '../../src/commands/table.ts';
import { startEhr, startPacs } from '../../src/demo/receivers.ts';
import { dicomFiles, send } from '../../src/demo/sending.ts';
import type { LegStudyWish } from '../../src/phantom/leg-attributes.ts';
import { writeLegStudy } from '../../src/phantom/write.ts';
import type { StudyOverview } from '../../src/store/overview.ts';
import { isSettled, nodeUnderTest, until } from '../support/node-under-test.ts';
import { figure, median } from './figures.ts';
import { childrenOf, memoryMiB } from './process-figures.ts';

const QUIET_SECONDS = 2;
const FIRST_SEED = 7_001;
const SETTLE_TIMEOUT_MS = 10 * 60_000;

/** For a first look: one leg instead of two, without a cine. */
const QUICK: Partial<LegStudyWish> = {
  sections: [
    { side: 'L', vein: 'CFV' },
    { side: 'L', vein: 'FV' },
  ],
  cines: 0,
};

/** Parts of the way in milliseconds; together they are `total`. */
type Times = {
  readonly total: number;
  /** The quiet time is over, and the loops find the study and its job. */
  readonly wait: number;
  readonly decode: number;
  readonly preprocess: number;
  readonly infer: number;
  /** Pictures and result written, row settled. */
  readonly keep: number;
  readonly render: number;
  readonly deliver: number;
};

const PARTS: readonly (keyof Times)[] = ['total', 'wait', 'decode', 'preprocess', 'infer', 'keep', 'render', 'deliver'];

/** The times of a settled study; throws when its report did not reach the PACS. */
function timesOf({ study, jobs, deliveries }: StudyOverview): Times {
  const job = jobs.find(({ state }) => state === 'rendered');
  const sentAt = deliveries.find(({ kind, state }) => kind === 'sr' && state === 'sent')?.sentAt ?? null;
  if (job === undefined || job.startedAt === null || job.finishedAt === null || job.renderedAt === null || job.timings === null)
    throw new Error('An examination was not reported.');
  if (sentAt === null) throw new Error('A report did not reach the PACS.');
  const { decodeMs, preprocessMs, inferMs } = job.timings;
  const quietOver = study.lastInstanceAt + QUIET_SECONDS * 1000;
  return {
    total: sentAt - quietOver,
    wait: job.startedAt - quietOver,
    decode: decodeMs,
    preprocess: preprocessMs,
    infer: inferMs,
    keep: job.finishedAt - job.startedAt - decodeMs - preprocessMs - inferMs,
    render: job.renderedAt - job.finishedAt,
    deliver: sentAt - job.renderedAt,
  };
}

/** Examinations one after the other, each a new simulated patient. */
export async function measureResult(options: {
  readonly examinations: number;
  readonly quick: boolean;
  readonly say: (text: string) => void;
}): Promise<void> {
  const { examinations, quick, say } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'sonorelay-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const folders: string[] = [];
    for (let index = 0; index < examinations; index += 1) {
      const one = path.join(folder, `examination-${index + 1}`);
      await writeLegStudy(one, { seed: FIRST_SEED + index, ...(quick ? QUICK : {}) });
      folders.push(one);
    }
    for (const name of ['pacs', 'ehr']) await mkdir(path.join(folder, name));
    const pacs = await startPacs(path.join(folder, 'pacs'));
    undo.push(pacs.stop);
    const ehr = await startEhr(path.join(folder, 'ehr'));
    undo.push(ehr.stop);
    const installation = await nodeUnderTest({ pacsPort: pacs.port, ehrPort: ehr.port, quietSeconds: QUIET_SECONDS });
    undo.push(installation.remove);
    const node = await installation.start();
    undo.push(() => node.end('SIGTERM'));

    let objects = 0;
    for (const [index, one] of folders.entries()) {
      const { items } = await dicomFiles(one);
      const { accepted } = await send(items, node.dicomPort, 'SONORELAY');
      if (accepted !== items.length) throw new Error(`The node took ${accepted} of ${items.length} objects.`);
      objects += items.length;
      await until('the report', SETTLE_TIMEOUT_MS, async () => {
        const overviews = await installation.overviews();
        return overviews.length === index + 1 && isSettled(overviews);
      });
    }
    const times = (await installation.overviews()).map(timesOf).toReversed();
    const seconds = (ms: number): string => figure(ms / 1000);
    const rows = times.map((one, index) => [String(index + 1), ...PARTS.map((part) => seconds(one[part]))]);
    const medians = ['median', ...PARTS.map((part) => seconds(median(times.map((one) => one[part]))))];
    say(
      `From the last image to the report at the PACS, less the quiet time of ${QUIET_SECONDS} s: ${examinations} simulated leg examination(s), ${objects} objects, in seconds.\n`,
    );
    say(`${tableText(['Examination', ...PARTS], examinations > 1 ? [...rows, medians] : rows)}\n`);
    const analysis = childrenOf(node.pid).map((pid) => `${figure(memoryMiB(pid, 'VmHWM'))} MiB`);
    say(`Peak memory: node ${figure(memoryMiB(node.pid, 'VmHWM'))} MiB, analysis process ${analysis.join(', ')}.\n`);
  } finally {
    for (const end of undo.toReversed()) await end();
  }
}
