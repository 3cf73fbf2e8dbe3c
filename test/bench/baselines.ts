/** Baselines that hold no line of the project: bare Express, and raw SQLite. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import type { Job, RawRows } from './job.ts';

/** Bare Express 5 that sends the same bytes and headers for every path; resolves with its port. */
export function serveExpress({ body, headers }: Extract<Job, { kind: 'express' }>): Promise<number> {
  const bytes = Buffer.from(body);
  const app = express();
  app.disable('x-powered-by');
  app.get('/fhir/:type/:id', (_request, response) => {
    response.writeHead(200, { ...headers, 'Content-Length': bytes.length });
    response.end(bytes);
  });
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    server.on('error', reject);
  });
}

/** Inserts rows with their index for a while, a transaction for each group; answers how many. */
export function insertRaw(folder: string, { ms, bytes, terms, group }: RawRows): number {
  const db = new DatabaseSync(join(folder, 'raw.db'));
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000');
  db.exec(`CREATE TABLE IF NOT EXISTS body (seq INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS term (term BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (term, seq)) STRICT, WITHOUT ROWID`);
  const row = db.prepare('INSERT INTO body (uid, sealed) VALUES (?, ?)');
  const term = db.prepare('INSERT INTO term (term, seq) VALUES (?, ?)');
  const sealed = randomBytes(bytes);
  // As in the server's index, half of a resource's terms are those of many, the others nearly its own.
  const common = Array.from({ length: Math.ceil(terms / 2) }, () => randomBytes(16));
  let rows = 0;
  for (const end = performance.now() + ms; performance.now() < end; rows += group) {
    db.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < group; n++) {
      const { lastInsertRowid } = row.run(randomBytes(16), sealed);
      for (const one of common) term.run(one, lastInsertRowid);
      for (let k = common.length; k < terms; k++) term.run(randomBytes(16), lastInsertRowid);
    }
    db.exec('COMMIT');
  }
  db.close();
  return rows;
}
