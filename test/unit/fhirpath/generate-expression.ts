/** Random expressions of the rule language, led by what a resource holds so that many of them find something. */
import fc from 'fast-check';
import type { ElementDef } from '../../../src/definitions/types.ts';
import { childNodes, type FhirNode, type Property } from '../../../src/fhirpath/path.ts';
import { randomPrimitive, type Source } from './generate-resource.ts';

/** The same expression twice: as Veil writes it and as fhirpath.js knows it (no `valueQuantity`). */
export interface Written {
  readonly veil: string;
  readonly reference: string;
}

interface Place {
  readonly types: readonly string[];
  readonly nodes: readonly FhirNode[];
  readonly written: Written;
  /** A single value at most. */
  readonly single: boolean;
}

/** A path from a node, one to four elements long. */
export function randomPath(source: Source, root: FhirNode): Written {
  let place: Place = { types: [root.type], nodes: [root], written: both(''), single: true };
  const length = source.gen(fc.integer, { min: 1, max: 4 });
  for (let i = 0; i < length; i++) {
    const next = randomStep(source, place, 3);
    if (!next) break;
    place = next;
  }
  return place.written;
}

function randomStep(source: Source, place: Place, depth: number): Place | undefined {
  const child = randomChild(source, place);
  if (!child) return undefined;
  switch (source.gen(fc.constantFrom, 'plain', 'plain', 'where', 'where', 'index', 'extension')) {
    case 'where': {
      const criterion = depth > 0 ? randomCriterion(source, child, depth - 1) : undefined;
      return criterion ? { ...child, written: join(child.written, '.where(', criterion, ')') } : child;
    }
    case 'index': {
      const index = both(`[${source.gen(fc.integer, { min: 0, max: 2 })}]`);
      return { ...child, written: join(child.written, index), single: true };
    }
    case 'extension':
      return extensionOf(source, child);
    default:
      return child;
  }
}

function extensionOf(source: Source, place: Place): Place {
  const url = source.gen(fc.constantFrom, 'u', 'v');
  const nodes = place.nodes.flatMap((node) => childNodes(node, { json: 'extension', type: 'Extension' }));
  return { types: ['Extension'], nodes, written: join(place.written, `.extension('${url}')`), single: false };
}

interface Candidate {
  readonly element: ElementDef;
  readonly properties: readonly Property[];
  readonly name: Written;
}

function randomChild(source: Source, place: Place): Place | undefined {
  const candidates = place.types.length === 1 ? candidatesOf(source, place.types[0] ?? '') : [];
  const present = candidates.filter(({ properties }) => find(place.nodes, properties).length > 0);
  const pool = present.length > 0 && source.gen(fc.constantFrom, true, true, true, false) ? present : candidates;
  if (pool.length === 0) return undefined;
  const { element, properties, name }: Candidate = source.gen(fc.constantFrom, ...pool);
  const dot = place.written.veil === '' ? '' : '.';
  return {
    types: [...new Set(properties.map((property) => property.type))],
    nodes: find(place.nodes, properties),
    written: join(place.written, dot, name),
    single: place.single && element.max === 1,
  };
}

const find = (nodes: readonly FhirNode[], properties: readonly Property[]): readonly FhirNode[] =>
  nodes.flatMap((node) => properties.flatMap((property) => childNodes(node, property)));

function candidatesOf(source: Source, type: string): readonly Candidate[] {
  const def = source.definitions.type(type);
  if (!def) return [];
  if (def.kind === 'primitive') return [];
  return [...def.elements.values()].flatMap((element) => {
    const properties = [...def.properties]
      .filter(([, property]) => property.element === element)
      .map(([json, property]) => ({ json, type: property.type }));
    const whole = { element, properties, name: both(element.name) };
    if (!element.choice) return [whole];
    const narrowed = properties.flatMap((property) => {
      const reference = `${element.name}.ofType(${property.type})`;
      // ofType(string) takes the types derived from it as well: code, id, markdown.
      const derived = properties.filter((each) => isDerived(source, each.type, property.type));
      return [
        { element, properties: derived, name: both(reference) },
        ...(derived.length === 1 ? [{ element, properties: derived, name: { veil: property.json, reference } }] : []),
      ];
    });
    return [whole, ...narrowed];
  });
}

function isDerived(source: Source, type: string, ancestor: string): boolean {
  const base = source.definitions.type(type)?.base;
  return type === ancestor || (base !== undefined && isDerived(source, base, ancestor));
}

function randomCriterion(source: Source, place: Place, depth: number): Written | undefined {
  const inner: Place = { ...place, written: both(''), single: true };
  switch (source.gen(fc.constantFrom, 'compare', 'compare', 'compare', 'exists', 'and', 'or', 'not', 'true')) {
    case 'and':
    case 'or': {
      const [left, right] = [randomCriterion(source, place, depth - 1), randomCriterion(source, place, depth - 1)];
      const operator = source.gen(fc.constantFrom, ' and ', ' or ');
      return left && right && depth > 0 ? join('(', left, operator, right, ')') : (left ?? right);
    }
    case 'not': {
      const operand = depth > 0 ? randomCriterion(source, place, depth - 1) : undefined;
      return operand && join('(', operand, ').not()');
    }
    case 'exists':
      return randomExistence(source, inner, depth);
    case 'true':
      return both('true');
    default:
      return randomComparison(source, inner, depth);
  }
}

function randomExistence(source: Source, place: Place, depth: number): Written | undefined {
  const found = randomStep(source, place, depth - 1);
  if (!found) return undefined;
  const criterion = depth > 0 && source.gen(fc.boolean) ? randomCriterion(source, found, depth - 1) : undefined;
  if (criterion) return join(found.written, '.exists(', criterion, ')');
  return join(found.written, source.gen(fc.constantFrom, '.exists()', '.empty()'));
}

function randomComparison(source: Source, start: Place, depth: number): Written | undefined {
  let place: Place | undefined = start;
  for (let i = 0; i < 3 && place; i++) {
    place = randomChild(source, place);
    const [type = ''] = place?.types ?? [];
    if (place && source.definitions.type(type)?.kind === 'primitive') return compared(source, place, depth);
  }
  return undefined;
}

function compared(source: Source, place: Place, depth: number): Written | undefined {
  const [type = ''] = place.types;
  if (!place.single) {
    const indexed = join(place.written, '[0]');
    return source.gen(fc.boolean)
      ? compared(source, { ...place, written: indexed, single: true }, depth)
      : join(place.written, '.exists()');
  }
  const actual = place.nodes.flatMap((node) => (node.value === undefined ? [] : [node.value]));
  const value = source.gen(fc.boolean) ? (actual[0] ?? randomPrimitive(source, type)) : randomPrimitive(source, type);
  const literal = typeof value === 'string' ? `'${value}'` : String(value);
  const isText = typeof value === 'string';
  switch (source.gen(fc.constantFrom, '=', '!=', 'in', 'startsWith', 'reversed', 'variable')) {
    case 'in':
      return join(place.written, ` in (${literal} | ${isText ? "'b'" : literal})`);
    case 'startsWith':
      return join(place.written, isText ? `.startsWith('${String(value).slice(0, 8)}')` : ` = ${literal}`);
    case 'reversed':
      return join(`${literal} = `, place.written);
    case 'variable':
      return join(
        place.written,
        isText ? source.gen(fc.constantFrom, ' = ', ' != ') : ' = ',
        isText ? variable(source) : literal,
      );
    case '!=':
      return join(place.written, ` != ${literal}`);
    default:
      return join(place.written, ` = ${literal}`);
  }
}

const variable = (source: Source): string => source.gen(fc.constantFrom, '%patient', '%fhirUser');

const both = (text: string): Written => ({ veil: text, reference: text });

function join(...parts: readonly (string | Written)[]): Written {
  const written = parts.map((part) => (typeof part === 'string' ? both(part) : part));
  return {
    veil: written.map((part) => part.veil).join(''),
    reference: written.map((part) => part.reference).join(''),
  };
}
