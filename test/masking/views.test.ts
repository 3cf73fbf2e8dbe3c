/** What a view shows: label tags, markers, contained resources, unions of roles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, ResourceJson } from '../../src/core/json.ts';
import { SMALL } from './lens-fixtures.ts';
import { callerOf, callerWith, lensOf, listed, plainJson, rule, validate, viewOf } from './lens-world.ts';

const CODES = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
const MASKED = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
};

// biome-ignore lint/suspicious/noExplicitAny: views of any shape
type Any = any;
const small = (type: string): ResourceJson => {
  const found = SMALL.find(({ resourceType }) => resourceType === type);
  assert.ok(found);
  return { ...found, id: 'pat1' };
};
const see = (roles: readonly string[], resource: ResourceJson): Any =>
  plainJson(lensOf(callerOf(roles, resource.resourceType)).get(resource));
const seeWith = (type: string, view: Parameters<typeof viewOf>[1], resource: ResourceJson): Any =>
  plainJson(lensOf(callerWith([viewOf(type, view)], type)).get(resource));
const codesOf = (codings: readonly Any[] = []) =>
  codings.filter(({ system }) => system === CODES).map(({ code }) => code);
const systems = (seen: Any) => (seen.identifier ?? []).map(({ system }: Any) => system);

test('labels: none where all is shown, SUBSETTED and what was done elsewhere, by the view alone', () => {
  const expected: readonly (readonly [role: string, tag: readonly string[], security: readonly string[]])[] = [
    ['patient', [], []],
    ['system', [], []],
    ['physician', ['SUBSETTED'], ['REDACTED']],
    ['nurse', ['SUBSETTED'], ['REDACTED']],
    ['billing', ['SUBSETTED'], ['MASKED', 'REDACTED']],
    ['researcher', ['SUBSETTED'], ['ANONYED', 'PSEUDED', 'REDACTED']],
  ];
  const bare: ResourceJson = { resourceType: 'Patient', id: 'pat1' };
  for (const resource of [small('Patient'), bare]) {
    for (const [role, tag, security] of expected) {
      const { meta } = see([role], resource);
      assert.deepEqual([codesOf(meta.tag), codesOf(meta.security)], [tag, security], role);
    }
  }
});

test('labels: codes of the server that a writer sent are not stored, the own ones are', () => {
  const lens = lensOf(callerOf(['system'], 'Patient'));
  const own = { system: 'http://example.org', code: 'own' };
  const edited = { ...small('Patient'), meta: { tag: [own, { system: CODES, code: 'SUBSETTED' }], versionId: '9' } };
  assert.deepEqual(plainJson(lens.put(small('Patient'), edited).resource['meta']), { tag: [own] });
});

test('labels: tags that an update leaves out stay, where the writer sees meta', () => {
  const meta = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }] };
  const lens = lensOf(callerOf(['system'], 'Patient'));
  const { meta: _, ...edited } = lens.get({ ...small('Patient'), meta });
  const { resource } = lens.put({ ...small('Patient'), meta }, { ...edited, active: false });
  assert.deepEqual(plainJson(resource['meta']), meta);
});

test('markers: a required element that the view leaves empty says masked, and the answer is valid', () => {
  const seen = seeWith(
    'Appointment',
    { show: listed('start', 'end', 'implicitRules', 'status', 'participant.actor') },
    small('Appointment'),
  );
  assert.deepEqual(seen.participant[0], { actor: { reference: 'Patient/pat1' }, _status: MASKED });
  assert.deepEqual(validate(seen, 'Appointment'), []);
});

test('markers: a required choice is marked on its first type', () => {
  const view = { rules: [rule('medication', 'hide')] };
  const seen = seeWith('MedicationRequest', view, small('MedicationRequest'));
  assert.deepEqual(seen.medicationCodeableConcept, MASKED);
  assert.equal(seen.medicationReference, undefined);
});

test('markers: mask says so whether or not the element was there', () => {
  const view = { rules: [rule('birthDate', 'mask'), rule('maritalStatus', 'mask')] };
  for (const resource of [small('Patient'), { resourceType: 'Patient', id: 'pat1' }]) {
    const seen = seeWith('Patient', view, resource);
    assert.deepEqual([seen.birthDate, seen._birthDate, seen.maritalStatus], [undefined, MASKED, MASKED]);
  }
});

test('markers: an Organization always shows its name, or that it has one', () => {
  const [, nameless] = SMALL.filter(({ resourceType }) => resourceType === 'Organization');
  assert.ok(nameless);
  assert.deepEqual(see(['nurse'], { ...nameless, identifier: [], id: 'o' })._name, MASKED);
  assert.equal(see(['nurse'], small('Organization')).name, 'Org');
});

test('listed elements: extensions, Reference.display and Reference.identifier stay hidden', () => {
  const seen = see(['nurse'], small('Patient'));
  assert.equal(JSON.stringify(seen).includes('http://example.org/x'), false);
  assert.deepEqual(seen.generalPractitioner, [{ reference: 'Practitioner/doc' }]);
  assert.deepEqual(seen.name, [{ family: 'Lee', given: ['Ann', 'B'] }]);
  assert.equal(seen.text, undefined);
  assert.ok(JSON.stringify(see(['system'], small('Patient'))).includes('http://example.org/x'));
});

test('listed elements: an extension listed by its URL is shown, others beside it not', () => {
  const show = listed('implicitRules', 'active', 'deceased', "address.extension.where(url='http://example.org/x1')");
  const seen = seeWith('Patient', { show }, small('Patient'));
  assert.deepEqual(seen.address, [{ extension: [{ url: 'http://example.org/x1', valueString: 'b' }] }]);
});

const container = (contained: readonly JsonObject[], reference: string): ResourceJson => ({
  ...small('Patient'),
  contained,
  generalPractitioner: [{ reference }],
});
const practitioner = { resourceType: 'Practitioner', id: 'c1', name: [{ family: 'In' }], gender: 'male' };
const relative = { resourceType: 'RelatedPerson', id: 'c1', patient: { reference: 'Patient/pat2' } };

test('contained: by the view of its own type', () => {
  const resource = container([practitioner], '#c1');
  assert.deepEqual(see(['nurse'], resource).contained, [
    { resourceType: 'Practitioner', id: 'c1', name: [{ family: 'In' }] },
  ]);
  assert.deepEqual(see(['system'], resource).contained, [practitioner]);
});

test('contained: a type without a view is hidden, also under *, and references to it are marked', () => {
  for (const role of ['nurse', 'physician', 'patient']) {
    const seen = see([role], container([relative], '#c1'));
    assert.equal(seen.contained, undefined, role);
    assert.deepEqual(seen.generalPractitioner, [{ _reference: MASKED }], role);
  }
});

test('contained: dom-3, what nothing visible refers to is left out', () => {
  // The scheduler does not see generalPractitioner.
  assert.equal(see(['scheduler'], container([practitioner], '#c1')).contained, undefined);
  assert.equal(see(['nurse'], container([practitioner], 'Practitioner/doc')).contained, undefined);
});

test('contained: a hidden one stays through a write, with the reference to it', () => {
  const stored = container([relative], '#c1');
  const lens = lensOf(callerOf(['physician'], 'Patient'));
  const { resource } = lens.put(stored, { ...lens.get(stored), active: false });
  assert.deepEqual(plainJson(resource['contained']), [relative]);
  assert.deepEqual(plainJson(resource['generalPractitioner']), [{ reference: '#c1' }]);
});

test('contained: a mark comes back also where the view lists elements without their extensions', () => {
  const show = listed('implicitRules', 'active', 'deceased', 'generalPractitioner');
  const view = viewOf('Patient', { show, write: listed('active') });
  const lens = lensOf(callerWith([view], 'Patient'));
  const stored = container([relative], '#c1');
  assert.equal(lens.put(stored, lens.get(stored)).changed, false);
  const { resource } = lens.put(stored, { ...lens.get(stored), active: false });
  // The narrative goes: its writer does not see it.
  const { text: _, ...kept } = stored;
  assert.deepEqual(plainJson(resource), plainJson({ ...kept, active: false }));
});

test('union: several roles see what any of them sees; a rule that alters yields to a view that shows', () => {
  const SSN = 'http://hl7.org/fhir/sid/us-ssn';
  assert.ok(!systems(see(['physician'], small('Patient'))).includes(SSN));
  const both = see(['billing', 'physician'], small('Patient'));
  assert.equal(both.identifier.find(({ system }: Any) => system === SSN).value, '3456');
  assert.equal(systems(both).length, 3);
  const withPatient = see(['billing', 'patient'], small('Patient'));
  assert.equal(withPatient.identifier.find(({ system }: Any) => system === SSN).value, '999-12-3456');
  assert.deepEqual(codesOf(withPatient.meta.tag), []);
  assert.ok(see(['nurse', 'compliance'], small('Patient')).telecom);
});

test('patient: other patients of an Appointment are hidden, other participants are not', () => {
  const seen = see(['patient'], small('Appointment'));
  assert.deepEqual(
    seen.participant.map(({ actor }: Any) => actor.reference),
    ['Patient/pat1', 'Practitioner/doc'],
  );
});
