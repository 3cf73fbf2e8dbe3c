/** Promise 3 over real HTTP: writers who do not see each other's changes lose nothing of them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Reply, startVeil, type Veil } from '../support/veil.ts';

const SYSTEM: Caller = { roles: ['system'] };
const PHYSICIAN: Caller = { roles: ['physician'] };
const patient = (id: string): Caller => ({ roles: ['patient'], patient: id, sub: id });
const SSN = 'http://hl7.org/fhir/sid/us-ssn';

// biome-ignore lint/suspicious/noExplicitAny: resources of any shape are edited here
type Any = any;
type Change = (resource: Any) => void;

interface Writer {
  readonly caller: Caller;
  readonly change: Change;
  /** With the ETag of what was read, again after each 412; else once, over whatever is stored then. */
  readonly guarded: boolean;
}

/** The tests of this promise over one server, with so many rounds each. */
export function testWriters(rounds: number): void {
  let veil: Veil;
  before(async () => {
    veil = await startVeil({ env: { LOG_LEVEL: 'error' } });
  });
  after(() => veil.stop());
  test('put: three writers of a Patient at once lose nothing', () => writePatient(veil, rounds));
  test('put: a writer without If-Match loses nothing that it does not see', () => writeBlindly(veil, rounds));
  test('put: patients hidden from each other lose no answer of an Appointment', () => writeAppointment(veil, rounds));
}

async function write(veil: Veil, path: string, { caller, change, guarded }: Writer): Promise<Reply> {
  for (;;) {
    const read = await veil.call(caller, 'GET', path);
    assert.equal(read.status, 200, read.text);
    change(read.json);
    const headers = guarded ? { 'If-Match': read.headers.get('etag') ?? '' } : {};
    const reply = await veil.call(caller, 'PUT', path, { body: read.json, headers });
    if (reply.status === 412 && guarded) continue;
    assert.equal(reply.status, 200, reply.text);
    return reply;
  }
}

async function create(veil: Veil, resource: Any): Promise<string> {
  const path = `/${resource.resourceType}/${resource.id}`;
  const reply = await veil.call(SYSTEM, 'PUT', path, { body: resource });
  assert.equal(reply.status, 201, reply.text);
  return path;
}

const stored = async (veil: Veil, path: string): Promise<Any> => (await veil.call(SYSTEM, 'GET', path)).json;
const ssnOf = (resource: Any): Any => resource.identifier.find(({ system }: Any) => system === SSN);

/**
 * The physician does not see the SSN that the back end changes meanwhile, and sends no If-Match; the patient changes
 * the telecom. Every round all three changes must stand.
 */
async function writePatient(veil: Veil, rounds: number): Promise<void> {
  const path = await create(veil, {
    resourceType: 'Patient',
    id: 'two-writers',
    identifier: [
      { system: 'http://other.example', value: 'first' },
      { system: SSN, value: '999-00-0000' },
      { system: 'http://other.example', value: 'last' },
    ],
    name: [{ family: 'Start' }],
    telecom: [{ system: 'phone', value: '0' }],
  });
  for (let round = 1; round <= rounds; round++) {
    const text = String(round).padStart(4, '0');
    await Promise.all([
      write(veil, path, { caller: SYSTEM, guarded: true, change: (r) => (ssnOf(r).value = `999-00-${text}`) }),
      write(veil, path, {
        caller: PHYSICIAN,
        // Beside the patient's guarded write the physician's own read may be old: what both see is the last one's.
        guarded: true,
        change: (r) => {
          assert.equal(ssnOf(r), undefined);
          r.name[0].family = `Family-${text}`;
        },
      }),
      write(veil, path, { caller: patient('two-writers'), guarded: true, change: (r) => (r.telecom[0].value = text) }),
    ]);
    const now = await stored(veil, path);
    assert.equal(ssnOf(now).value, `999-00-${text}`);
    assert.equal(now.name[0].family, `Family-${text}`);
    assert.equal(now.telecom[0].value, text);
    assert.deepEqual(
      now.identifier.map(({ system }: Any) => system),
      ['http://other.example', SSN, 'http://other.example'],
    );
  }
}

/** As before between the back end and a physician who never sends If-Match. */
async function writeBlindly(veil: Veil, rounds: number): Promise<void> {
  const path = await create(veil, {
    resourceType: 'Patient',
    id: 'blind-writer',
    identifier: [{ system: SSN, value: '999-00-0000' }],
    name: [{ family: 'Start' }],
  });
  for (let round = 1; round <= rounds; round++) {
    const text = String(round).padStart(4, '0');
    await Promise.all([
      write(veil, path, { caller: SYSTEM, guarded: true, change: (r) => (ssnOf(r).value = `999-00-${text}`) }),
      write(veil, path, { caller: PHYSICIAN, guarded: false, change: (r) => (r.name[0].family = `Family-${text}`) }),
    ]);
    const now = await stored(veil, path);
    assert.equal(ssnOf(now)?.value, `999-00-${text}`);
    assert.equal(now.name[0].family, `Family-${text}`);
  }
}

/** Two patients of one appointment, hidden from each other, answer at once and send no If-Match. */
async function writeAppointment(veil: Veil, rounds: number): Promise<void> {
  const participant = ['Patient/a1', 'Patient/a2', 'Practitioner/doc'].map((reference) => ({
    actor: { reference },
    status: 'needs-action',
  }));
  const path = await create(veil, { resourceType: 'Appointment', id: 'shared', status: 'proposed', participant });
  const own = (id: string, status: string): Writer => ({
    caller: patient(id),
    guarded: false,
    change: (r) => {
      assert.equal(r.participant.length, 2, 'the other patient is not seen');
      r.participant.find(({ actor }: Any) => actor.reference === `Patient/${id}`).status = status;
    },
  });
  const STATUSES = ['accepted', 'declined', 'tentative'];
  for (let round = 1; round <= rounds; round++) {
    const first = STATUSES[round % 3] ?? '';
    const second = STATUSES[(round + 1) % 3] ?? '';
    await Promise.all([write(veil, path, own('a1', first)), write(veil, path, own('a2', second))]);
    const now = await stored(veil, path);
    assert.deepEqual(
      now.participant.map(({ actor, status }: Any) => [actor.reference, status]),
      [
        ['Patient/a1', first],
        ['Patient/a2', second],
        ['Practitioner/doc', 'needs-action'],
      ],
    );
  }
}
