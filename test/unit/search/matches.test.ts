/** R4's own examples of search (search.html) answer as its text says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceJson } from '../../../src/core/json.ts';
import { matches } from '../../../src/search/matches.ts';
import { decidedByTerms, needsBound, planCriterion } from '../../../src/search/plan.ts';
import { BASE_URL, criterion, index, inPlan, NOW, planContext, query } from './search-world.ts';

function finds(resource: ResourceJson, name: string, value: string): boolean {
  const asked = criterion(resource.resourceType, name, value);
  const found = matches(asked, resource, { baseUrl: BASE_URL });
  const planned = inPlan(planCriterion(planContext, asked, 'whole'), resource, index(resource));
  assert.ok(planned || !found, `${name}=${value}: the plan loses it`);
  if (decidedByTerms(asked)) assert.equal(planned, found, `${name}=${value}: the plan decides`);
  return found;
}

function check(resource: ResourceJson, cases: Readonly<Record<string, boolean>>): void {
  for (const [text, expected] of Object.entries(cases)) {
    const at = text.indexOf('=');
    assert.equal(finds(resource, text.slice(0, at), text.slice(at + 1)), expected, text);
  }
}

const patient: ResourceJson = {
  resourceType: 'Patient',
  id: 'p1',
  meta: {
    lastUpdated: '2013-01-14T10:00:00.123+00:00',
    profile: ['http://hl7.org/fhir/StructureDefinition/Patient'],
    tag: [{ system: 'http://acme.org/codes', code: 'needs-review' }],
  },
  name: [{ family: 'Carreno Quinones', given: ['Eve', 'Ève-Marie'] }, { text: 'Sir Steven' }],
  gender: 'male',
  birthDate: '2013-01-14',
  telecom: [
    { system: 'phone', value: '555-1234' },
    { system: 'email', value: 'Eve@Example.org' },
  ],
  identifier: [
    { system: 'http://acme.org/patient', value: '2345', type: { coding: [{ system: 'http://t', code: 'MR' }] } },
    { value: 'NoSystem' },
  ],
};

test('strings: from the start, without case and accents, but for :exact and :contains', () => {
  check(patient, {
    'given=eve': true,
    'given=EVE': true,
    'given=Ev': true,
    'given=ve': false,
    'given=eve-m': true,
    'given:contains=VE': true,
    'given:exact=Eve': true,
    'given:exact=eve': false,
    'given:exact=Ev': false,
    'family=carreño': true,
    'family=quinones': false,
    'family:contains=quin': true,
    'family:exact=Carreno Quinones': true,
    'name=sir s': true,
    'name=carr': true,
    'name=E': true,
    'name=x,eve': true,
    'phonetic=eve': true,
  });
});

test('tokens: system|code, code, |code, system|, and :not', () => {
  check(patient, {
    'identifier=http://acme.org/patient|2345': true,
    'identifier=2345': true,
    'identifier=|2345': false,
    'identifier=http://acme.org/patient|': true,
    'identifier=http://other|2345': false,
    'identifier=|nosystem': true,
    'identifier:of-type=http://t|MR|2345': true,
    'identifier:of-type=http://t|MR|nosystem': false,
    'gender=male': true,
    'gender=MALE': true,
    'gender:not=male': false,
    'gender:not=male,female': false,
    'gender:not=female': true,
    'gender=http://hl7.org/fhir/administrative-gender|male': true,
    'gender=http://x|male': false,
    'gender=http://hl7.org/fhir/administrative-gender|': true,
    'gender=|male': true,
    'active:not=false': true,
    'active:missing=true': true,
    'gender:missing=false': true,
    'gender:missing=true': false,
    'phone=555-1234': true,
    'phone=eve@example.org': false,
    'email=EVE@example.org': true,
    'telecom=phone|555-1234': true,
    'deceased=false': true,
    'deceased=true': false,
    'deceased:not=true': true,
    'deceased:missing=true': false,
    '_tag=http://acme.org/codes|needs-review': true,
    '_tag:not=needs-review': false,
    '_security=x': false,
    '_profile=http://hl7.org/fhir/StructureDefinition/Patient': true,
    '_profile=http://hl7.org/fhir': false,
    '_id=p1': true,
    '_id=P1': false,
    '_id=p2,p1': true,
    '_id:not=p1': false,
    '_id:missing=true': false,
  });
});

test('tokens: UCUM is case-sensitive where the query names it', () => {
  const ucum: ResourceJson = {
    resourceType: 'Observation',
    id: '1',
    code: { coding: [{ system: 'http://unitsofmeasure.org', code: 'mg' }] },
  };
  check(ucum, {
    'code=http://unitsofmeasure.org|mg': true,
    'code=http://unitsofmeasure.org|MG': false,
    'code=MG': true,
  });
});

test('dates: the prefixes of R4 search.html#prefix', () => {
  check(patient, {
    'birthdate=2013-01-14': true,
    'birthdate=2013-01': true,
    'birthdate=2013-01-14T00:00': false,
    'birthdate=ne2013-01-14': false,
    'birthdate=lt2013-01-14T10:00': true,
    'birthdate=gt2013-01-14T10:00': true,
    'birthdate=ge2013-03-14': false,
    'birthdate=le2013-01-14': true,
    'birthdate=sa2013-01-13': true,
    'birthdate=eb2013-01-15': true,
    'birthdate=sa2013-01-14': false,
    'birthdate=eb2013-01-14': false,
    'birthdate=ap2013': true,
    '_lastUpdated=2013-01-14': true,
    '_lastUpdated=gt2013-01-14': false,
    '_lastUpdated=2013-01-14T10:00:00.123Z': true,
    '_lastUpdated=2013-01-14T10:00:00.124Z': false,
    '_lastUpdated=2013-01-14T11:00:00.123 01:00': true,
  });
  const stay = (start?: string, end?: string): ResourceJson => ({
    resourceType: 'Observation',
    id: '1',
    effectivePeriod: { ...(start ? { start } : {}), ...(end ? { end } : {}) },
  });
  check(stay('2013-03-14'), {
    'date=gt2013-03-14': true,
    'date=sa2013-03-14': false,
    'date=lt2013-01-01': false,
    'date=ge2050': true,
    'date=eq2013': false,
  });
  check(stay(undefined, '2013-03-14'), {
    'date=lt1900': true,
    'date=eb2014': true,
    'date=gt2013-03-14': false,
    'date=ap2000': true,
  });
  check(stay('2013-01-21', '2013-01-21'), { 'date=2013-01-21': true });
});

test('dates: a Timing counts by its outer limits', () => {
  const timing: ResourceJson = {
    resourceType: 'Observation',
    id: '1',
    effectiveTiming: { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' }, frequency: 1 } },
  };
  check(timing, { 'date=ap2013-02-01': true, 'date=gt2013-02-01': true, 'date=2013': true, 'date=2013-02': false });
});

test('dates: ap is a tenth of the way to now', () => {
  const born = (birthDate: string): ResourceJson => ({ resourceType: 'Patient', id: '1', birthDate });
  assert.equal(NOW, Date.UTC(2024, 5, 1));
  check(born('1988-01-01'), { 'birthdate=ap1984': true, 'birthdate=ap1980-06-01': false });
});

test('references: by id, type and id, URL, version, :identifier and what is on other servers', () => {
  const of = (reference: string): ResourceJson => ({
    resourceType: 'Observation',
    id: '1',
    subject: { reference, identifier: { system: 'http://i', value: '7' } },
  });
  for (const text of ['Patient/23', 'Patient/23/_history/4', `${BASE_URL}/Patient/23`]) {
    check(of(text), {
      'subject=Patient/23': true,
      'subject=23': true,
      'subject:Patient=23': true,
      'subject:Group=23': false,
      'subject:Patient=Patient/23': true,
      'patient=23': true,
      'patient=Patient/23': true,
      'subject=Patient/2': false,
      [`subject=${BASE_URL}/Patient/23`]: true,
      'subject=Patient/23/_history/9': true,
      'subject:identifier=http://i|7': true,
      'subject:identifier=8': false,
      'subject=http://other/Patient/23': false,
      'subject:missing=false': true,
    });
  }
  check(of('http://other/fhir/Patient/23'), { 'subject=http://other/fhir/Patient/23': true, 'subject=23': false });
  check(of('urn:uuid:1'), { 'subject=urn:uuid:1': true, 'patient=urn:uuid:1': false });
  check(of('#p'), { 'subject=p': false });
});

test('missing: an element with nothing but extensions has no value', () => {
  const masked = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
  };
  check(
    { resourceType: 'Observation', id: '1', subject: masked, _status: masked, code: { text: 'x' } },
    {
      'subject:missing=true': true,
      'status:missing=true': true,
      'code:missing=true': false,
      'category:missing=true': true,
    },
  );
});

test('_text and _content: whole words, all of them, of the narrative or of everything', () => {
  const one: ResourceJson = {
    resourceType: 'Observation',
    id: '1',
    text: { status: 'generated', div: '<div title="hidden">Low <b>haemoglobin</b>, Ané</div>' },
    note: [{ text: 'Seen by the ward.' }],
  };
  check(one, {
    '_text=haemoglobin': true,
    '_text=ane LOW': true,
    '_text=haemo': false,
    '_text=hidden': false,
    '_text=ward': false,
    '_text=ward,low': true,
    '_content=ward haemoglobin': true,
    '_content=ward x': false,
  });
  assert.ok(needsBound(criterion('Observation', '_text', 'low')));
  assert.ok(!index(one).terms.some((term) => /haemoglobin|ward/.test(term)));
});

test('weak strings say so: one letter, and :contains', () => {
  for (const [name, value, expected] of [
    ['family', 'a', true],
    ['family', 'ab', false],
    ['family:contains', 'abc', true],
    ['family:exact', 'a', false],
    ['gender', 'm', false],
  ] as const) {
    assert.equal(needsBound(criterion('Patient', name, value)), expected, `${name}=${value}`);
  }
});

test('matches: odd shapes never throw', () => {
  const odd: ResourceJson = {
    resourceType: 'Patient',
    id: '1',
    name: 'x',
    birthDate: 5,
    identifier: [null, 'x', 7],
    telecom: {},
    meta: [],
    active: 'x',
    generalPractitioner: [null, { reference: 3 }],
  };
  for (const [name, value] of [
    ['name', 'x'],
    ['birthdate', '2020'],
    ['identifier', 'x'],
    ['telecom', 'x'],
    ['_tag', 'x'],
    ['active', 'true'],
    ['general-practitioner', '1'],
    ['name:missing', 'true'],
  ] as const) {
    for (const asked of query('Patient', [[name, value]]).criteria) matches(asked, odd, { baseUrl: BASE_URL });
  }
  assert.ok(index(odd).terms.length > 0);
});
