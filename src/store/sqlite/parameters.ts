/** Names of reference parameters as small numbers, so that a reference row is narrow. */
import { type Database, integer, text } from './database.ts';

export interface ParameterNames {
  /** The number of a parameter that was stored before. */
  find(name: string): number | undefined;
  /** The number of a parameter; a new one when there is none. Only inside a transaction. */
  number(name: string): number;
  /** Forgets what a transaction that was rolled back may have added. */
  reload(): void;
}

/** The numbers of a database's parameters, kept in memory: they are words of definitions, a few hundred. */
export function createParameterNames(db: Database): ParameterNames {
  const load = (): Map<string, number> =>
    new Map(
      db.all('SELECT id, name FROM parameter WHERE id > 0', []).map((row) => [text(row, 'name'), integer(row, 'id')]),
    );
  let known = load();
  return {
    find: (name) => known.get(name),
    number: (name) => {
      const found = known.get(name);
      if (found !== undefined) return found;
      const id = db.run('INSERT INTO parameter (name) VALUES (?)', [name]);
      known.set(name, id);
      return id;
    },
    reload: () => {
      known = load();
    },
  };
}
