/** Resources and queries made from R4's parameter definitions, for every parameter of every served type. */
import fc from 'fast-check';
import type { Json, ResourceJson } from '../../../src/core/json.ts';
import type { CompiledPath, Property, Step } from '../../../src/fhirpath/node.ts';
import { resultTypes } from '../../../src/fhirpath/search-expression.ts';
import type { SearchParameter } from '../../../src/search/query.ts';
import { termsOf, valueOfType } from './definition-values.ts';
import { registry } from './search-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: resources of any type are built up
type Any = any;

export interface Case {
  readonly resource: ResourceJson;
  readonly param: SearchParameter;
  readonly modifier: string;
  readonly values: readonly string[];
}

/** A value at the end of a path, and which of the path's choices lead there. */
interface Planted {
  readonly path: CompiledPath;
  readonly below?: CompiledPath;
  readonly property: number;
  readonly value: Json;
}

/** Cases of one type: a resource with values under one parameter and a few others, and a query of that parameter. */
export function casesOf(type: string): fc.Arbitrary<Case> {
  // Few parameters are quantities or composites, and they take the most prefixes and units.
  const params = registry
    .supported(type)
    .filter(({ kind }) => kind !== 'text')
    .flatMap((param) => Array<SearchParameter>(WEIGHTS[param.kind] ?? 1).fill(param));
  return fc
    .constantFrom(...params)
    .chain((param) =>
      fc.record({
        param: fc.constant(param),
        own: fc.array(plantedFor(param), { maxLength: 3 }),
        others: fc.array(fc.constantFrom(...params).chain(plantedFor), { maxLength: 2 }),
        query: queryFor(param),
      }),
    )
    .map(({ param, own, others, query }) => {
      const resource: Any = { resourceType: type, id: '1' };
      for (const planted of [...others, ...own].flat()) plant(resource, planted);
      return { resource, param, ...query };
    });
}

function plantedFor(param: SearchParameter): fc.Arbitrary<readonly Planted[]> {
  const { expression } = param;
  if (expression.kind === 'boolean') return expression.reads.length > 0 ? deceased() : fc.constant([]);
  if (param.kind !== 'composite') return fc.constantFrom(...expression.paths).chain((path) => fc.tuple(atEnd(path)));
  return fc.constantFrom(...expression.paths).chain((place) => {
    const parts = param.components.flatMap(({ expressions }) => {
      const below = expressions.get(resultTypes(place)[0] ?? '');
      return below?.kind === 'paths' ? [fc.constantFrom(...below.paths)] : [];
    });
    return fc.tuple(
      ...parts.map((part) => part.chain((below) => atEnd(below).map((one) => ({ ...one, path: place, below })))),
    );
  });
}

// The one yes-or-no expression of the served types is Patient's.
function deceased(): fc.Arbitrary<readonly Planted[]> {
  const param = registry.parameter('Patient', 'death-date');
  const [path] = param?.expression.kind === 'paths' ? param.expression.paths : [];
  if (!path) throw new Error('no death-date');
  return fc.tuple(atEnd(path));
}

function atEnd(path: CompiledPath): fc.Arbitrary<Planted> {
  // Nothing is sought in an Attachment.
  const usable = lastProperties(path)
    .map(({ type }, i) => ({ type, i }))
    .filter(({ type }) => type !== 'Attachment');
  return fc
    .constantFrom(...usable)
    .chain(({ type, i }) => valueOfType(type).map((value) => ({ path, property: i, value: allowed(path, value) })));
}

// A reference names what its element allows: the validator would refuse another.
function allowed(path: CompiledPath, value: Any): Json {
  const targets =
    children(path)
      .at(-1)
      ?.element.types.flatMap((type) => type.targets) ?? [];
  const [type, id] = String(value?.reference ?? '').split('/');
  return targets.length === 0 || !id || targets.includes(type ?? '')
    ? value
    : { ...value, reference: `${targets[0]}/${id}` };
}

const children = (path: CompiledPath): readonly Extract<Step, { kind: 'child' }>[] =>
  path.steps.filter((step) => step.kind === 'child');
const lastProperties = (path: CompiledPath): readonly Property[] => children(path).at(-1)?.properties ?? [];

function plant(resource: Any, { path, below, property, value }: Planted): void {
  const steps = [...children(path), ...(below ? children(below) : [])];
  let at = resource;
  steps.forEach((step, i) => {
    const isLast = i === steps.length - 1;
    const json = step.properties[isLast ? property : 0]?.json ?? '';
    // One type of a choice at a time, as R4 has it.
    for (const name of Object.keys(at))
      if (step.element.choice && isChoice(name, step.element.name) && name !== json) delete at[name];
    if (step.element.max <= 1) at[json] = isLast ? value : (at[json] ?? {});
    else at[json] = isLast || at[json] === undefined ? [...(at[json] ?? []), isLast ? value : {}] : at[json];
    at = Array.isArray(at[json]) ? at[json].at(-1) : at[json];
  });
}

const isChoice = (name: string, element: string): boolean => new RegExp(`^${element}[A-Z]`).test(name);

const WEIGHTS: Readonly<Record<string, number>> = { quantity: 6, composite: 4 };

const MODIFIERS: Readonly<Record<string, readonly string[]>> = {
  token: ['', '', 'not', 'missing'],
  string: ['', '', 'exact', 'contains', 'missing'],
  reference: ['', '', 'identifier', 'type', 'missing'],
  date: ['', '', '', 'missing'],
  number: ['', '', 'missing'],
  quantity: ['', '', '', 'missing'],
  uri: ['', 'above', 'below', 'missing'],
  composite: [''],
  id: ['', 'not', 'missing'],
};

interface Asked {
  readonly modifier: string;
  readonly values: readonly string[];
}

function queryFor(param: SearchParameter): fc.Arbitrary<Asked> {
  const { expression, kind, targets } = param;
  const types = expression.kind === 'paths' ? expression.paths.flatMap(resultTypes) : ['boolean'];
  const withText = types.some((type) => ['Coding', 'CodeableConcept', 'Identifier'].includes(type)) ? ['text'] : [];
  const withType = types.every((type) => type === 'Identifier') ? ['of-type'] : [];
  const modifiers = [...(MODIFIERS[kind] ?? ['']), ...(kind === 'token' ? [...withText, ...withType] : [])];
  return fc.constantFrom(...modifiers).chain((modifier): fc.Arbitrary<Asked> => {
    if (modifier === 'missing') return fc.constantFrom('true', 'false').map((one) => ({ modifier, values: [one] }));
    const value = kind === 'composite' ? compositeTerms(param) : termsOf({ kind, modifier, types, targets });
    const values = fc.array(value, { minLength: 1, maxLength: 3 });
    if (modifier !== 'type') return values.map((all) => ({ modifier, values: all }));
    return fc
      .tuple(fc.constantFrom(...(targets.length > 0 ? targets : ['Patient'])), fc.constantFrom('1', '2'))
      .map(([target, id]) => ({ modifier: target, values: [id] }));
  });
}

function compositeTerms(param: SearchParameter): fc.Arbitrary<string> {
  const parts = param.components.map(({ param: part, expressions }) => {
    const types = [...expressions.values()].flatMap((one) =>
      one.kind === 'paths' ? one.paths.flatMap(resultTypes) : [],
    );
    return termsOf({ kind: part.kind, modifier: '', types, targets: [] });
  });
  return fc.tuple(...parts).map((all) => all.join('$'));
}
