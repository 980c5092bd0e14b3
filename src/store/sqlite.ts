// The embedded ledger. In: a path. Out: a Database on node:sqlite that commits in groups.
// SQLite syncs the disk once a COMMIT, so closures that wait at the same time share one: BEGIN IMMEDIATE, a SAVEPOINT for each, COMMIT.
// That is what lets `synchronous=FULL` keep up with several associations at once; NORMAL would lose the last commits at a power cut.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorText, type Fault, fault, isFault } from '../kernel/errors.ts';
import type { Database, Row, SqlValue, Transaction } from './database.ts';
import { checkVersion, migrate, SCHEMA_VERSION } from './migrations.ts';

/** Bounds the time a commit can take and the work one failed commit throws back. */
const MOST_PER_COMMIT = 256;
const BUSY_TIMEOUT_MS = 5_000;
/** Primary result codes, sqlite.org/rescode.html. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

type Waiting = {
  readonly work: (tx: Transaction) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

const primaryCode = (error: unknown): number | null => {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  return typeof code === 'number' ? code & 0xff : null;
};

const storeFault = (error: unknown): Fault => {
  if (isFault(error)) return error;
  return fault(primaryCode(error) === SQLITE_FULL ? 'spool-full' : 'store-failed', errorText(error), error);
};

/**
 * Opens the ledger, made when missing, brings its schema up to date and holds it alone: a second opening is Fault 'already-running'
 * until `close` or the end of the process. With `readOnly` an existing ledger is only looked at, also while a node holds it; with `beside`
 * a few rows may be written while a node holds it, which is for a person's commands and not for a second node.
 * Faults: 'already-running', 'store-newer', 'store-failed'.
 */
export async function openSqlite(options: {
  readonly path: string;
  readonly readOnly?: boolean;
  readonly beside?: boolean;
}): Promise<Database> {
  const readOnly = options.readOnly ?? false;
  const beside = options.beside ?? false;
  const lock = readOnly || beside ? null : takeLock(`${options.path}.lock`);
  try {
    return groupCommitting(openConnection(options.path, { readOnly, beside }), { readOnly, onClosed: () => lock?.close() });
  } catch (error) {
    lock?.close();
    throw storeFault(error);
  }
}

/** An exclusive lock on a small database beside the ledger: the kernel frees it however the process ends, so it is never stale. */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;');
    return lock;
  } catch (error) {
    lock.close();
    throw primaryCode(error) === SQLITE_BUSY ? fault('already-running', '', error) : storeFault(error);
  }
}

function openConnection(
  path: string,
  { readOnly, beside }: { readonly readOnly: boolean; readonly beside: boolean },
): DatabaseSync {
  const connection = new DatabaseSync(path, { readOnly });
  try {
    connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON;`);
    if (beside) connection.exec('PRAGMA synchronous = FULL;');
    if (readOnly || beside) {
      const version = checkVersion(connection);
      if (version < SCHEMA_VERSION) throw fault('store-failed', `It has the older schema ${version}; start the node once.`);
      return connection;
    }
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;');
    migrate(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function groupCommitting(
  connection: DatabaseSync,
  options: { readonly readOnly: boolean; readonly onClosed: () => void },
): Database {
  const begin = options.readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE';
  const statements = new Map<string, StatementSync>();
  const queue: Waiting[] = [];
  let draining: Promise<void> | null = null;
  let closing: Promise<void> | null = null;

  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  const transaction = (): { readonly tx: Transaction; readonly end: () => void } => {
    let over = false;
    const guarded = <T>(step: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        if (over) return reject(fault('store-failed', 'The transaction is over.'));
        try {
          resolve(step());
        } catch (error) {
          reject(storeFault(error));
        }
      });
    const tx: Transaction = {
      run: (sql, parameters) => guarded(() => Number(prepared(sql).run(...parameters).changes)),
      all: (sql, parameters) => guarded(() => prepared(sql).all(...parameters) as Record<string, SqlValue>[]),
      get: (sql, parameters) => guarded(() => prepared(sql).get(...parameters) as Row | undefined),
    };
    const end = (): void => {
      over = true;
    };
    return { tx, end };
  };

  const savepoint = async (waiting: Waiting): Promise<() => void> => {
    const { tx, end } = transaction();
    connection.exec('SAVEPOINT one');
    try {
      const value = await waiting.work(tx);
      connection.exec('RELEASE one');
      return () => waiting.resolve(value);
    } catch (error) {
      // A full disk can make SQLite undo the whole transaction by itself (sqlite.org/lang_transaction.html): then all of the batch is lost.
      if (!connection.isTransaction) throw error;
      connection.exec('ROLLBACK TO one; RELEASE one;');
      return () => waiting.reject(error);
    } finally {
      end();
    }
  };

  /** Leaves no transaction open; resolves the error when that fails too (the next BEGIN then fails, and tries to undo again). */
  const undo = (): unknown => {
    try {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      return null;
    } catch (error) {
      return error;
    }
  };

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    const settle: (() => void)[] = [];
    try {
      connection.exec(begin);
      for (const waiting of batch) settle.push(await savepoint(waiting));
      connection.exec('COMMIT');
    } catch (error) {
      const told = storeFault(undo() ?? error);
      for (const waiting of batch) waiting.reject(told);
      return;
    }
    for (const settleOne of settle) settleOne();
  };

  // The turn of the event loop before each batch is what gathers it: everything that arrives meanwhile comes along.
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      await nextTurn();
      await commit(queue.splice(0, MOST_PER_COMMIT));
    }
    draining = null;
  };

  const transact = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (closing !== null) return reject(fault('store-failed', 'The ledger is closed.'));
      queue.push({ work, resolve: (value) => resolve(value as T), reject });
      draining ??= drain();
    });

  const shut = async (): Promise<void> => {
    await draining;
    statements.clear();
    connection.close();
    options.onClosed();
  };
  const close = (): Promise<void> => {
    closing ??= shut();
    return closing;
  };
  return { transact, close };
}
