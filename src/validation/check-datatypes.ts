/** What References and Extensions must keep to beside their structure. */
import { type JsonObject, member } from '../core/json.ts';
import { parseReference } from '../core/reference.ts';
import type { ElementDef } from '../definitions/types.ts';
import { childPlace, type Place } from './findings.ts';
import type { Walk } from './walk.ts';

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:/;

/** A literal reference must have the form of one and name a type that the element takes. */
export function checkReference(walk: Walk, element: ElementDef, json: JsonObject, place: Place): void {
  const text = member(json, 'reference');
  if (typeof text !== 'string' || text === '' || text.startsWith('#') || ABSOLUTE.test(text)) return;
  const at = childPlace(place, 'reference');
  // No text starts with itself and a slash: only the relative form is read here.
  const literal = parseReference(text, text);
  if (!literal) {
    walk.findings.add('value', at, `${element.path} must be Type/id, a URL, urn:uuid: or #id`);
    return;
  }
  if (!walk.definitions.resourceTypes.has(literal.type)) {
    walk.findings.add('value', at, `${element.path} names a type that is no R4 resource`);
    return;
  }
  const targets = element.types.filter(({ code }) => code === 'Reference').flatMap((type) => type.targets);
  if (targets.length === 0 || targets.includes(literal.type)) return;
  walk.findings.add('value', at, `${element.path} may refer to ${targets.join(', ')} only`);
}

/** ext-1: an extension has a value or extensions, not both and not neither. */
export function checkExtension(walk: Walk, json: JsonObject, place: Place): void {
  const names = Object.keys(json).filter((name) => json[name] !== undefined);
  const hasValue = names.some((name) => name.startsWith('value') || name.startsWith('_value'));
  if (hasValue === names.includes('extension')) {
    walk.findings.add('invariant', place, 'Extension must have either a value or extensions (ext-1)');
  }
}
