/** Reads the claims of a verified token; what is malformed counts as absent, which never opens anything. */
import { isArray, isObject, type Json, type JsonObject, member } from '../core/json.ts';
import { ID, parseReference } from '../core/reference.ts';

const MAX_TEXT = 1000;

/** A claim that is a text, bounded; undefined for anything else. */
export function textClaim(claims: JsonObject, name: string): string | undefined {
  const value = member(claims, name);
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT ? value : undefined;
}

/** Role names under a claim's whole name (`https://x.example/roles`) or its dotted path (`realm_access.roles`). */
export function roleNames(claims: JsonObject, path: string): readonly string[] {
  return [...new Set(words(member(claims, path) ?? memberAt(claims, path.split('.'))))];
}

/** `amr` (RFC 8176) as a list; some providers send one text. */
export const authenticationMethods = (claims: JsonObject): readonly string[] => words(member(claims, 'amr'));

/** The patient in context; undefined unless it is a valid id. */
export function patientInContext(claims: JsonObject): string | undefined {
  const id = textClaim(claims, 'patient');
  return id !== undefined && ID.test(id) ? id : undefined;
}

const PEOPLE = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person']);

/** `Practitioner/7`, relative or under `baseUrl`; another server's user counts as none. */
export function fhirUser(claims: JsonObject, baseUrl: string): string | undefined {
  const reference = parseReference(textClaim(claims, 'fhirUser') ?? '', baseUrl);
  return reference && PEOPLE.has(reference.type) ? `${reference.type}/${reference.id}` : undefined;
}

/** Codes of `purpose_of_use`: a text, a coding, or a list of either. */
export function purposesOfUse(claims: JsonObject): readonly string[] {
  const claim = member(claims, 'purpose_of_use');
  const items = isArray(claim) ? claim : [claim];
  return [...new Set(items.flatMap(purposeCodes))];
}

/** The `scope` claim; a list of texts is joined, and anything else holds no scope. Undefined when there is none. */
export function scopeText(claims: JsonObject): string | undefined {
  const claim = member(claims, 'scope');
  return claim === undefined ? undefined : words(claim).join(' ');
}

function purposeCodes(item: Json | undefined): readonly string[] {
  if (isObject(item)) return purposeCodes(member(item, 'code'));
  return typeof item === 'string' ? words(item) : [];
}

function memberAt(claims: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = claims;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = member(value, name);
  }
  return value;
}

function words(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return isArray(value) ? value.filter((word): word is string => typeof word === 'string' && word !== '') : [];
}
