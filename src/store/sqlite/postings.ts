/** Keeps the postings and references of a resource in step with its index, touching only what changed. */
import type { RecordIndex } from '../../core/record.ts';
import { blob, type Database, integer } from './database.ts';
import { nameBytes, nameOf, packNames, unpackNames } from './names.ts';
import type { ParameterNames } from './parameters.ts';

export type ReplaceIndex = (seq: number, index: RecordIndex) => void;

/** A function that makes `index` the index of a resource; runs inside a transaction. */
export function createReplaceIndex(db: Database, parameters: ParameterNames): ReplaceIndex {
  return (seq, index) => {
    replaceTerms(db, seq, [...new Set(index.terms)]);
    replaceReferences(db, parameters, seq, index);
    replaceSortBox(db, seq, index);
  };
}

function replaceTerms(db: Database, seq: number, terms: readonly string[]): void {
  const row = db.get('SELECT terms FROM posted WHERE seq = ?', [seq]);
  const before = new Set(row ? unpackNames(blob(row, 'terms')) : []);
  const after = new Set(terms);
  for (const term of before.difference(after)) {
    db.run('DELETE FROM posting WHERE term = ? AND seq = ?', [nameBytes(term), seq]);
  }
  for (const term of after.difference(before)) {
    db.run('INSERT INTO posting (term, seq) VALUES (?, ?)', [nameBytes(term), seq]);
  }
  if (row && before.size === after.size && before.isSubsetOf(after)) return;
  if (terms.length === 0) db.run('DELETE FROM posted WHERE seq = ?', [seq]);
  else db.run('INSERT OR REPLACE INTO posted (seq, terms) VALUES (?, ?)', [seq, packNames(terms)]);
}

function replaceReferences(db: Database, parameters: ParameterNames, seq: number, index: RecordIndex): void {
  const rows = db.all('SELECT parameter, uid FROM reference WHERE seq = ?', [seq]);
  const before = new Set(rows.map((row) => `${integer(row, 'parameter')} ${nameOf(blob(row, 'uid'))}`));
  const after = new Set(index.references.map(({ parameter, uid }) => `${parameters.number(parameter)} ${uid}`));
  for (const key of before.difference(after)) {
    db.run('DELETE FROM reference WHERE parameter = ? AND uid = ? AND seq = ?', [...keyArgs(key), seq]);
  }
  for (const key of after.difference(before)) {
    db.run('INSERT INTO reference (parameter, uid, seq) VALUES (?, ?, ?)', [...keyArgs(key), seq]);
  }
}

function replaceSortBox(db: Database, seq: number, { sortBox }: RecordIndex): void {
  if (sortBox) db.run('INSERT OR REPLACE INTO sort_box (seq, sealed) VALUES (?, ?)', [seq, sortBox]);
  else db.run('DELETE FROM sort_box WHERE seq = ?', [seq]);
}

function keyArgs(key: string): readonly [number, Buffer] {
  const [parameter, uid] = key.split(' ');
  return [Number(parameter), nameBytes(uid ?? '')];
}
