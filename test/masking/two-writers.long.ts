/** Two writers on one resource at once: nothing is lost (promise 3), with the figure of test:long. */
import { after, before, test } from 'node:test';
import { startVeil, type Veil } from '../support/veil.ts';
import { writeAppointment, writeBlindly, writePatient } from './two-writers.ts';

const ROUNDS = 1_000;
let veil: Veil;
before(async () => {
  veil = await startVeil({ env: { LOG_LEVEL: 'error' } });
});
after(() => veil.stop());

test('put: three writers of a Patient at once lose nothing', () => writePatient(veil, ROUNDS));
test('put: a writer without If-Match loses nothing that it does not see', () => writeBlindly(veil, ROUNDS));
test('put: patients hidden from each other lose no answer of an Appointment', () => writeAppointment(veil, ROUNDS));
