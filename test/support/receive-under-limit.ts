// A receiver as a process of its own, for a test that limits what files it may write. In: a folder as argument. Out: a JSON line of what it answered.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { receiver } from '../../src/intake/receive.ts';
import { openSpool } from '../../src/store/spool.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { announced, dataSetBytes, image, keptLog, stream } from './incoming.ts';

const folder = process.argv[2] ?? '';
const db = await openSqlite({ path: path.join(folder, 'ledger.sqlite') });
const spool = await openSpool({ folder: path.join(folder, 'spool'), minFreeMiB: 0 });
const { log, events } = keptLog();
const receive = receiver({
  db,
  spool,
  clock: Date.now,
  log,
  maxInstanceBytes: 64 * 1024 * 1024,
  onStored: () => undefined,
  onConflict: 'refuse',
});

const small = image(1, 1);
const large = image(1, 2);
const send = async (attributes: typeof small, more: number): Promise<number> => {
  const sink = await receive(announced(attributes));
  const bytes = Buffer.concat([dataSetBytes(attributes), Buffer.alloc(more)]);
  return stream(sink, bytes, 64 * 1024);
};
const statuses = [await send(small, 0), await send(large, 8 * 1024 * 1024), await send(image(1, 3), 0)];
const left = await readdir(path.join(spool.folder, 'incoming'));
const stored = (await readdir(path.join(spool.folder, 'studies'), { recursive: true })).filter((name) => name.endsWith('.dcm'));
await db.close();
process.stdout.write(
  JSON.stringify({ statuses, left, stored: stored.length, refused: events.filter((event) => event.name === 'instance.refused') }),
);
