// A process that holds a ledger until it is ended. In: the ledger's path. Out: the line `held`.
import { openSqlite } from '../../src/store/sqlite.ts';

const db = await openSqlite({ path: process.argv[2] ?? '' });
process.stdout.write('held\n');
process.stdin.resume();
process.stdin.once('end', () => void db.close());
