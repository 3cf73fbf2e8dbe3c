/** One SQLite connection: opened the same way everywhere, prepared statements kept, columns read with a check. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { BoundedMap } from '../../core/bounded-map.ts';
import { DamagedRecordError } from '../../core/errors.ts';

const MAX_STATEMENTS = 512;

export type Row = Readonly<Record<string, SQLOutputValue>>;
export type Args = readonly SQLInputValue[];

export interface Database {
  get(sql: string, args: Args): Row | undefined;
  all(sql: string, args: Args): readonly Row[];
  /** Gives the rowid of the last insert. */
  run(sql: string, args: Args): number;
  exec(sql: string): void;
  /** BEGIN IMMEDIATE … COMMIT around `work`, which must not wait; rolls back when it throws. */
  transaction<T>(work: () => T): T;
  /** The same inside a transaction; what `work` did is undone when it throws. */
  savepoint<T>(work: () => T): T;
  /** May be called again. */
  close(): void;
}

/** Opens a connection (`:memory:` for none on disk) and runs these pragmas. */
export function openDatabase(path: string, pragmas: readonly string[]): Database {
  const connection = new DatabaseSync(path);
  for (const pragma of [...pragmas, 'temp_store=MEMORY', 'trusted_schema=OFF', 'cell_size_check=ON']) {
    connection.exec(`PRAGMA ${pragma}`);
  }
  const statements = new BoundedMap<string, StatementSync>(MAX_STATEMENTS);
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const step = (sql: string): unknown => prepare(sql).run();
  return {
    get: (sql, args) => prepare(sql).get(...args),
    all: (sql, args) => prepare(sql).all(...args),
    run: (sql, args) => Number(prepare(sql).run(...args).lastInsertRowid),
    exec: (sql) => connection.exec(sql),
    transaction: (work) => {
      step('BEGIN IMMEDIATE');
      return finish(
        work,
        () => step('COMMIT'),
        () => connection.isTransaction && step('ROLLBACK'),
      );
    },
    savepoint: (work) => {
      step('SAVEPOINT part');
      return finish(
        work,
        () => step('RELEASE part'),
        () => [step('ROLLBACK TO part'), step('RELEASE part')],
      );
    },
    close: () => {
      if (connection.isOpen) connection.close();
    },
  };
}

function finish<T>(work: () => T, commit: () => void, undo: () => void): T {
  try {
    const result = work();
    commit();
    return result;
  } catch (cause) {
    undo();
    throw cause;
  }
}

const wrongColumn = (): DamagedRecordError => new DamagedRecordError('a stored row has a column of another type');

/** An integer column. */
export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw wrongColumn();
  return value;
}

/** A text column. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrongColumn();
  return value;
}

/** A blob column. */
export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw wrongColumn();
  return value;
}
