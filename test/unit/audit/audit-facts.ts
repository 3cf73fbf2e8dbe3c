/** Builders of audit facts, and the real secrets of a fixed keyring, for the tests of the audit log. */
import { createSecretKey } from 'node:crypto';
import type { AuditFacts } from '../../../src/core/audit.ts';
import { createSecrets, type Secrets } from '../../../src/crypto/secrets.ts';

export const BASE_URL = 'http://127.0.0.1:8080/fhir';
export const NOON = Date.UTC(2026, 2, 9, 12, 0, 0, 0);

/** Secrets that are the same in every run. */
export function fixedSecrets(): Secrets {
  const root = createSecretKey(Buffer.alloc(32, 7));
  return createSecrets({ demo: true, roots: new Map([['r1', root]]), data: 'r1', index: 'r1' });
}

/** A read of one Observation by a physician. */
export function readFacts(over: Partial<AuditFacts> = {}): AuditFacts {
  return {
    recorded: NOON,
    interaction: 'read',
    outcome: '0',
    status: 200,
    agent: {
      subject: 'https://idp.example|u-7',
      issuer: 'https://idp.example',
      sub: 'u-7',
      clientId: 'ward-app',
      fhirUser: 'Practitioner/7',
      name: 'Dr. Ada Weiß',
      roles: ['physician'],
      tokenId: 'jti 1/ä',
      address: '203.0.113.9',
      channel: 'http',
    },
    purposeOfUse: ['TREAT'],
    resource: { type: 'Observation', id: 'o1', version: 3 },
    patients: ['p1'],
    requestId: 'req-1',
    ...over,
  };
}

/** A search that gave two patients' data. */
export function searchFacts(over: Partial<AuditFacts> = {}): AuditFacts {
  return readFacts({
    interaction: 'search-type',
    resource: { type: 'Patient' },
    query: 'family=Muster&_count=2',
    patients: ['p1', 'p2'],
    requestId: 'req-2',
    ...over,
  });
}

/** A refused token: nobody is known but an address. */
export function loginFacts(over: Partial<AuditFacts> = {}): AuditFacts {
  const { resource: _resource, ...rest } = readFacts();
  return {
    ...rest,
    interaction: 'authentication',
    outcome: '8',
    status: 401,
    agent: { roles: [], address: '198.51.100.4', channel: 'http' },
    purposeOfUse: [],
    patients: [],
    count: 17,
    requestId: 'req-3',
    ...over,
  };
}

/** A command of the operator. */
export function commandFacts(over: Partial<AuditFacts> = {}): AuditFacts {
  const { resource: _resource, ...rest } = readFacts();
  return {
    ...rest,
    interaction: 'command',
    agent: { roles: [], address: 'root', channel: 'cli' },
    purposeOfUse: [],
    patients: [],
    query: 'load patients.ndjson',
    requestId: 'req-4',
    ...over,
  };
}
