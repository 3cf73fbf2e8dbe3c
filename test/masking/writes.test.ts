/** What may be written through a view: element by element, value by value, item by item. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FhirError } from '../../src/core/errors.ts';
import type { Json, JsonObject, ResourceJson } from '../../src/core/json.ts';
import { SMALL } from './lens-fixtures.ts';
import { callerOf, callerWith, lensOf, listed, plainJson, viewOf } from './lens-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: resources of any shape
type Any = any;
const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const stored = (type: string, more: JsonObject = {}): ResourceJson => {
  const found = SMALL.find(({ resourceType }) => resourceType === type);
  assert.ok(found);
  return { ...found, id: 'pat1', ...more };
};

interface Write {
  readonly roles: readonly string[];
  readonly type: string;
  readonly more?: JsonObject;
  edit(seen: Any): void;
}

function write({ roles, type, more, edit }: Write): Any {
  const lens = lensOf(callerOf(roles, type));
  const before = stored(type, more);
  const seen: Any = plainJson(lens.get(before));
  edit(seen);
  return plainJson(lens.put(before, seen).resource);
}

function refused(attempt: Write, status = 403, expression?: string): void {
  assert.throws(
    () => write(attempt),
    (error) =>
      error instanceof FhirError &&
      error.status === status &&
      (expression === undefined || error.issues[0]?.expression === expression),
  );
}

test('put: an element that the role sees and may not write is refused by its name', () => {
  refused(
    {
      roles: ['patient'],
      type: 'Patient',
      edit: (r) => {
        r.gender = 'male';
      },
    },
    403,
    'Patient.gender',
  );
  refused(
    {
      roles: ['nurse'],
      type: 'Patient',
      edit: (r) => {
        r.active = false;
      },
    },
    403,
    'Patient.active',
  );
  refused(
    {
      roles: ['scheduler'],
      type: 'Patient',
      edit: (r) => {
        delete r.birthDate;
      },
    },
    403,
    'Patient.birthDate',
  );
  const after = write({
    roles: ['patient'],
    type: 'Patient',
    edit: (r) => {
      r.telecom[0].value = 'new';
    },
  });
  assert.equal(after.telecom[0].value, 'new');
});

test('put: an element that the role does not see is refused, whether or not it is stored', () => {
  const edit = (r: Any): void => {
    r.reasonCode = [{ text: 'x' }];
  };
  refused({ roles: ['scheduler'], type: 'Appointment', edit }, 403, 'Appointment.reasonCode[0]');
  refused(
    { roles: ['scheduler'], type: 'Appointment', more: { reasonCode: [] }, edit },
    403,
    'Appointment.reasonCode[0]',
  );
});

test('put: hidden items keep their place and content, whatever is done around them', () => {
  const more = {
    identifier: [
      { system: 'http://a', value: '1' },
      { system: SSN, value: '999-12-3456' },
      { system: 'http://b', value: '2' },
    ],
  };
  const systems = (edit: (list: Any[]) => Any[]): readonly string[] =>
    write({
      roles: ['physician'],
      type: 'Patient',
      more,
      edit: (r) => {
        r.identifier = edit(r.identifier);
      },
    }).identifier.map(({ system }: Any) => system);
  assert.deepEqual(
    systems((list) => [{ ...list[0], value: 'x' }, list[1]]),
    ['http://a', SSN, 'http://b'],
  );
  assert.deepEqual(
    systems((list) => [...list, { system: 'http://c' }]),
    ['http://a', SSN, 'http://b', 'http://c'],
  );
  assert.ok(systems((list) => list.slice(1)).includes(SSN));
  const none = write({
    roles: ['physician'],
    type: 'Patient',
    more,
    edit: (r) => {
      delete r.identifier;
    },
  });
  assert.deepEqual(none.identifier, [more.identifier[1]]);
});

test('put: an item cannot be made one that its writer would not see', () => {
  refused({
    roles: ['physician'],
    type: 'Patient',
    edit: (r) => {
      r.identifier[0].system = SSN;
    },
  });
  refused({
    roles: ['physician'],
    type: 'Patient',
    edit: (r) => {
      r.identifier.push({ system: SSN, value: '1' });
    },
  });
});

test('put: with several roles an element that one hides and another alters is not written over', () => {
  const roles = ['billing', 'physician'];
  const ssnOf = (r: Any): Any => r.identifier.find(({ system }: Any) => system === SSN);
  refused({
    roles,
    type: 'Patient',
    edit: (r) => {
      ssnOf(r).value = '1234';
    },
  });
  refused({
    roles,
    type: 'Patient',
    edit: (r) => {
      r.identifier.push({ system: SSN, value: '998-00-0000' });
    },
  });
  // VIEWS.md: `all` is every element that the role itself sees, and billing, which sees this one, writes nothing.
  refused({
    roles,
    type: 'Patient',
    edit: (r) => {
      ssnOf(r).use = 'official';
    },
  });
  const after = write({
    roles,
    type: 'Patient',
    edit: (r) => {
      r.gender = 'unknown';
    },
  });
  assert.equal(after.gender, 'unknown');
  assert.equal(ssnOf(after).value, '999-12-3456');
});

test('put: an item whose value is altered for its writer cannot be made one that shows it', () => {
  const edit = (r: Any): void => {
    r.identifier.find(({ system }: Any) => system === SSN).system = 'http://other.example';
  };
  refused({ roles: ['billing', 'physician'], type: 'Patient', edit });
});

test('put: what a view hides inside an item stays with that item', () => {
  const extensions = (edit: (list: Any[]) => void): readonly Json[] =>
    write({ roles: ['scheduler'], type: 'Patient', edit: (r) => edit(r.address) }).address.map(
      ({ city, extension }: Any) => [city ?? null, extension?.[0].url ?? null],
    );
  const [x0, x1] = ['http://example.org/x0', 'http://example.org/x1'];
  assert.deepEqual(
    extensions((list) => {
      list[1].city = 'Salem';
    }),
    [
      ['Bedford', x0],
      ['Salem', x1],
    ],
  );
  assert.deepEqual(
    extensions((list) => {
      list.push({ city: 'Lynn' });
    }).slice(0, 2),
    [
      ['Bedford', x0],
      ['Boston', x1],
    ],
  );
  // Two changed and one more: which is which would be a guess.
  const guess = (r: Any): void => {
    r.address = [{ city: 'A' }, { city: 'B' }, { city: 'C' }];
  };
  refused({ roles: ['scheduler'], type: 'Patient', edit: guess }, 409);
});

test('narrative: a writer who does not see it drops what was generated and keeps what was added', () => {
  const div = '<div xmlns="http://www.w3.org/1999/xhtml">told</div>';
  const textAfter = (roles: readonly string[], status: string): Any =>
    write({
      roles,
      type: 'Patient',
      more: { text: { status, div } },
      edit: (r) => {
        r.telecom[0].value = 'new';
      },
    }).text;
  assert.equal(textAfter(['physician'], 'generated'), undefined);
  assert.equal(textAfter(['physician'], 'extensions'), undefined);
  assert.deepEqual(textAfter(['physician'], 'additional'), { status: 'additional', div });
  assert.deepEqual(textAfter(['patient'], 'generated'), { status: 'generated', div });
});

test('narrative: a save that changes nothing keeps it', () => {
  assert.ok(write({ roles: ['physician'], type: 'Patient', edit: () => undefined }).text);
});

test('values: a patient sets an Appointment to proposed, pending or cancelled, and its own participation', () => {
  const set = (edit: (r: Any) => void): Any => write({ roles: ['patient'], type: 'Appointment', edit });
  for (const status of ['proposed', 'pending', 'cancelled']) {
    assert.equal(
      set((r) => {
        r.status = status;
      }).status,
      status,
    );
  }
  refused(
    {
      roles: ['patient'],
      type: 'Appointment',
      edit: (r) => {
        r.status = 'fulfilled';
      },
    },
    403,
    'Appointment.status',
  );
  const after = set((r) => {
    r.participant[0].status = 'declined';
  });
  assert.deepEqual(
    after.participant.map(({ status }: Any) => status),
    ['declined', 'tentative', 'accepted'],
  );
  refused({
    roles: ['patient'],
    type: 'Appointment',
    edit: (r) => {
      r.participant[1].status = 'declined';
    },
  });
  refused({
    roles: ['patient'],
    type: 'Appointment',
    edit: (r) => {
      r.participant[0].actor.reference = 'Patient/pat9';
    },
  });
  refused({
    roles: ['patient'],
    type: 'Appointment',
    edit: (r) => {
      r.start = '2024-01-02T03:04:06Z';
    },
  });
});

test('values: an empty list closes an element in a view that may write all', () => {
  const nurse = { roles: ['nurse'], type: 'Observation' };
  assert.equal(
    write({
      ...nurse,
      edit: (r) => {
        r.note[0].text = 'new';
      },
    }).note[0].text,
    'new',
  );
  refused({
    ...nurse,
    edit: (r) => {
      r.referenceRange[0].text = 'x';
    },
  });
  refused({
    ...nurse,
    edit: (r) => {
      delete r.referenceRange;
    },
  });
  refused({
    ...nurse,
    edit: (r) => {
      r.referenceRange.push({ text: 'x' });
    },
  });
  refused({
    ...nurse,
    edit: (r) => {
      r.referenceRange.reverse();
    },
  });
});

test('values: with several roles one of them must permit the whole change', () => {
  const both = ['nurse', 'physician'];
  const edit = (r: Any): void => {
    r.referenceRange[0].text = 'x';
  };
  assert.equal(write({ roles: both, type: 'Observation', edit }).referenceRange[0].text, 'x');
  const view = (path: string) => viewOf('Patient', { write: listed(path) });
  const lens = lensOf(callerWith([view('active'), view('gender')], 'Patient'));
  const seen = lens.get(stored('Patient'));
  assert.equal(lens.put(stored('Patient'), { ...seen, active: false }).changed, true);
  assert.throws(() => lens.put(stored('Patient'), { ...seen, active: false, gender: 'male' }), FhirError);
});

test('put: of a choice one type stands, also where it changes', () => {
  const after = write({
    roles: ['physician'],
    type: 'Observation',
    edit: (r) => {
      delete r.valueQuantity;
      r.valueString = 'high';
    },
  });
  assert.deepEqual([after.valueQuantity, after.valueString], [undefined, 'high']);
});
