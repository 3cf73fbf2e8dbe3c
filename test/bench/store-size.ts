/** What a resource costs in the store, by its own tables. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Means over all resources: sealed bytes of the row, and index entries. */
export function storeSize(folder: string): { readonly bytes: number; readonly terms: number } {
  const db = new DatabaseSync(join(folder, 'veil.db'), { readOnly: true });
  const one = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  const bytes = one('SELECT avg(length(boxes) + length(row_terms) + length(row_mac)) FROM resource');
  const terms = one(
    'SELECT 1.0 * ((SELECT count(*) FROM posting) + (SELECT count(*) FROM reference)) / (SELECT count(*) FROM resource)',
  );
  db.close();
  return { bytes: Math.round(bytes), terms: Math.round(terms) };
}
