// What the rest of the store asks of a database: closures that run in a transaction. Types only; `sqlite.ts` fills them.
// SQL goes through unchanged, with `?` for parameters, and stays within what SQLite and PostgreSQL share where that costs nothing.

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** The statements of one transaction. It ends with the closure it was given to; a later call rejects. */
export type Transaction = {
  /** Runs a statement; resolves with the number of rows it changed. */
  readonly run: (sql: string, parameters: readonly SqlValue[]) => Promise<number>;
  readonly all: (sql: string, parameters: readonly SqlValue[]) => Promise<readonly Row[]>;
  readonly get: (sql: string, parameters: readonly SqlValue[]) => Promise<Row | undefined>;
};

export type Database = {
  /**
   * Runs `work` in a transaction; resolves with its value once that is on the disk. A throw of `work` undoes what it wrote and nothing else,
   * and rejects with that error. `work` must await only its own statements (others wait for it) and must not call `transact` (it would
   * wait for itself). Rejects with Fault 'store-failed', or 'spool-full' when the disk is.
   */
  readonly transact: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** Resolves when everything handed in so far is settled and the files are closed; frees the lock. */
  readonly close: () => Promise<void>;
};
