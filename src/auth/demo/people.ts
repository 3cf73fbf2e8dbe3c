/** Whom the sign-in page can offer: found by ordinary searches, so that they are masked and audited like any other. */
import { isArray, isObject, type Json, type JsonObject, member } from '../../core/json.ts';
import { parseJson } from '../../core/parse-json.ts';
import type { Principal } from '../../core/principal.ts';
import type { Answer, FhirRequest, Origin } from '../../core/request.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
}

export interface People {
  readonly patients: readonly Person[];
  /** Who members of staff sign in as. */
  readonly practitioners: readonly Person[];
}

/** The front desk's role: it sees names, and no clinical data. */
const ROLE = 'scheduler';
const MOST = 100;

/** Makes the look-up; where the role is not there, nobody is offered and an id can be typed. */
export function createPeople(
  issuer: string,
  handle: (request: FhirRequest) => Promise<Answer>,
): (origin: Origin) => Promise<People> {
  const principal: Principal = {
    issuer,
    sub: 'sign-in-page',
    subject: `${issuer}|sign-in-page`,
    roles: [ROLE],
    name: 'Demo sign-in page',
    amr: [],
    tokenId: 'sign-in-page',
    purposeOfUse: [],
    expires: Number.MAX_SAFE_INTEGER,
  };
  const find = async (type: string, origin: Origin): Promise<readonly Person[]> => {
    const answer = await handle({
      interaction: 'search-type',
      type,
      parameters: [['_count', String(MOST)]],
      parametersInBody: false,
      conditions: {},
      preferReturn: 'representation',
      strictHandling: false,
      principal,
      origin,
    });
    if (answer.status !== 200 || answer.body.kind !== 'bundle') return [];
    return peopleIn(answer.body.bundle.text).sort((a, b) => a.name.localeCompare(b.name));
  };
  return async (origin) => ({
    patients: await find('Patient', origin),
    practitioners: await find('Practitioner', origin),
  });
}

function peopleIn(text: string): Person[] {
  const parsed = parseJson(text);
  const entries = parsed.ok && isObject(parsed.value) ? member(parsed.value, 'entry') : undefined;
  return (isArray(entries) ? entries : []).flatMap((entry) => {
    const resource = isObject(entry) ? member(entry, 'resource') : undefined;
    const id = isObject(resource) ? member(resource, 'id') : undefined;
    return isObject(resource) && typeof id === 'string' ? [{ id, name: nameOf(resource) ?? id }] : [];
  });
}

function nameOf(resource: JsonObject): string | undefined {
  const names = member(resource, 'name');
  const [first] = isArray(names) ? names : [];
  if (!isObject(first)) return undefined;
  const given = member(first, 'given');
  const words = [...(isArray(given) ? given : []), member(first, 'family')].filter(isText);
  const text = member(first, 'text');
  return words.length > 0 ? words.join(' ') : isText(text) ? text : undefined;
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';
