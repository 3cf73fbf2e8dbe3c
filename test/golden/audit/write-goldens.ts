/**
 * Writes the goldens of the current rendering that are not there yet: `node test/golden/audit/write-goldens.ts`.
 * A golden that exists is never overwritten, since what was once shown must be shown again to the byte.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { writeRecord } from '../../../src/audit/record-format.ts';
import { CURRENT_RENDERING, renderAuditEvents } from '../../../src/audit/render.ts';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { BASE_URL, commandFacts, loginFacts, NOON, readFacts, searchFacts } from '../../unit/audit/audit-facts.ts';
import { goldenContext } from '../../unit/audit/golden-context.ts';

const CASES: Readonly<Record<string, AuditFacts>> = {
  read: readFacts(),
  vread: readFacts({ interaction: 'vread' }),
  create: readFacts({ interaction: 'create', status: 201, written: 'q83vASNFZ4k', purposeOfUse: [] }),
  update: readFacts({ interaction: 'update', written: 'q83vASNFZ4k' }),
  patch: readFacts({ interaction: 'patch', written: 'q83vASNFZ4k' }),
  delete: readFacts({ interaction: 'delete', status: 204 }),
  'history-instance': readFacts({ interaction: 'history-instance', query: '_count=2' }),
  'history-type': readFacts({ interaction: 'history-type', resource: { type: 'Patient' }, patients: ['p1', 'p2'] }),
  search: searchFacts(),
  'search-without-patients': searchFacts({ patients: [] }),
  'search-for-all': searchFacts({ query: '' }),
  'refused-search': searchFacts({ outcome: '4', status: 403, patients: [] }),
  'not-found': readFacts({ outcome: '4', status: 404, resource: { type: 'Observation', id: 'none' }, patients: [] }),
  metadata: readFacts({ interaction: 'metadata', resource: { type: 'CapabilityStatement' }, patients: [] }),
  login: loginFacts(),
  throttled: loginFacts({ interaction: 'rate-limit', outcome: '4', status: 429 }),
  command: commandFacts(),
  'clock-set-back': readFacts({ recorded: NOON - 3_600_000 }),
};

for (const [name, facts] of Object.entries(CASES)) {
  const file = new URL(`v${CURRENT_RENDERING}-${name}.json`, import.meta.url);
  if (existsSync(file)) continue;
  const late = facts.recorded < NOON ? { happened: facts.recorded, recorded: NOON } : {};
  const record = { ...facts, ...late, rendering: CURRENT_RENDERING, site: BASE_URL };
  const events = renderAuditEvents(record, goldenContext);
  writeFileSync(file, `${JSON.stringify({ record: JSON.parse(writeRecord(record)), events }, null, 2)}\n`, {
    flag: 'wx',
  });
}
