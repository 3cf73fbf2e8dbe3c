/** What each role may search by, in every syntax: refusals follow from the views alone (CONTRACT.md "Parameters and views"). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type Case, table } from '../api/statuses-table.ts';
import { startVeil, type Veil } from '../support/veil.ts';

// The nurse of these tests sees a quantity without the unit that people read, and codes without their texts.
const PARTLY = [
  'code.coding.system',
  'code.coding.code',
  'component.code.coding.system',
  'component.code.coding.code',
  'value.ofType(Quantity).value',
  'value.ofType(Quantity).comparator',
  'value.ofType(Quantity).system',
  'value.ofType(Quantity).code',
  'value.ofType(CodeableConcept).coding.system',
  'value.ofType(CodeableConcept).coding.code',
  'component.value.ofType(CodeableConcept).coding.system',
  'component.value.ofType(CodeableConcept).coding.code',
];

let veil: Veil;
const profiles = mkdtempSync(join(tmpdir(), 'veil-guard-'));
before(async () => {
  cpSync('profiles', profiles, { recursive: true });
  const file = join(profiles, 'roles', 'nurse.json');
  const role = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(role.resources.Observation, { show: ['implicitRules', 'status', 'subject', ...PARTLY], write: [] });
  role.resources.Observation.interactions = ['read', 'search-type'];
  writeFileSync(file, JSON.stringify(role));
  veil = await startVeil({ env: { PROFILES_DIR: profiles } });
});
after(async () => {
  await veil?.stop();
  rmSync(profiles, { recursive: true, force: true });
});

const UCUM = 'http://unitsofmeasure.org';

/** Role, path, and whether it is answered. */
const ROWS: readonly (readonly [string, string, boolean])[] = [
  ['pharmacist', '/Observation?value-quantity=gt5', true],
  ['pharmacist', `/Observation?code-value-quantity=8480-6$gt5|${UCUM}|mg`, true],
  ['pharmacist', '/Observation?combo-code-value-quantity=8480-6$5', true],
  ['pharmacist', '/Observation?code:text=blood', true],
  ['pharmacist', '/Observation?_profile:below=http://x', false],
  ['nurse', '/Observation?code=8480-6', true],
  ['nurse', '/Observation?code:text=blood', false],
  ['nurse', '/Observation?value-quantity=5', false],
  ['nurse', '/Observation?code-value-quantity=8480-6$5', false],
  ['nurse', '/Observation?component-code-value-quantity=8480-6$5', false],
  ['nurse', '/Observation?code-value-concept=a$b', true],
  ['nurse', '/Observation?combo-code-value-concept=a$b', true],
  ['nurse', '/Observation?code-value-string=a$b', false],
  ['nurse', '/Observation?code-value-date=a$2020', false],
  ['pharmacist', '/Observation?code-value-string=a$b', true],
  ['physician', '/Patient?address-use=home', true],
  ['nurse', '/Patient?phone=5', true],
  ['nurse', '/Patient?phone:missing=true', true],
  // The nurse sees MRNs, whose text is shown with them: positive matches alone.
  ['nurse', '/Patient?identifier=77', true],
  ['nurse', '/Patient?identifier:not=77', false],
  ['nurse', '/Patient?identifier:missing=true', false],
  ['nurse', '/Patient?_tag=x', false],
  ['nurse', '/Condition?onset-age=gt5', true],
  ['billing', '/Patient?identifier=77', true],
  ['physician', '/Patient?_tag=x', true],
  ['physician', '/Patient?_profile:above=http://x/y', true],
  ['physician', '/Observation?_security:not=x', true],
  ['physician', '/Encounter?length=gt5||min', true],
  ['system', '/Observation?code-value-date=a$2020', true],
  ['system', '/Patient?identifier:text=medical', true],
  ['physician', '/Observation?_text=anaemia', true],
  ['physician', '/Observation?_content=anaemia', true],
  ['physician', '/Patient?_text=anaemia', false],
  ['physician', '/Patient?_content=anaemia', false],
  ['pharmacist', '/Observation?_content=anaemia', false],
  ['pharmacist', '/MedicationRequest?_text=anaemia', false],
];

table(
  () => veil,
  'guard',
  ROWS.map(
    ([role, path, answered]): Case => ({
      name: `${role} ${path}`,
      as: { roles: [role] },
      path,
      status: answered ? 200 : 403,
      ...(answered ? {} : { code: 'forbidden', names: path.slice(path.indexOf('?') + 1, path.indexOf('=')) }),
    }),
  ),
);
