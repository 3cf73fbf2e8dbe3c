/** What a parameter reads of a resource, for the guard (CONTRACT.md "Parameters and views", rule 1). */
import type { CompiledPath } from '../fhirpath/node.ts';
import { resultTypes } from '../fhirpath/search-expression.ts';
import { elementPath } from './parameters.ts';
import { parameterType } from './params/registry.ts';
import type { CompositePart, Modifier, SearchParameter } from './query.ts';

export interface ParameterRead {
  /** Element by base names from the root of the type: `identifier`, `participant.actor`, `value`. */
  readonly path: string;
  /** JSON property of the element, `valueCodeableConcept`; absent where the expression only tests it. */
  readonly property?: string;
  /** FHIR type of the element, `''` where the expression tests it and gives no value. */
  readonly type: string;
  /** What is read below it; empty: the element itself. */
  readonly parts: readonly string[];
  /** Elements, from the root, that the expression's `where()` tests: `telecom.system`. */
  readonly predicates: readonly string[];
  /** Whether its items fall into classes, so that the parameter can be answered over those that a view shows. */
  readonly itemClassed: boolean;
}

/** All that a parameter, with this modifier, reads. */
export function reads(param: SearchParameter, modifier?: Modifier): readonly ParameterRead[] {
  const { expression } = param;
  if (param.kind === 'composite') return param.components.flatMap((part) => partReads(param, part));
  if (expression.kind === 'boolean') {
    return expression.reads.map((path) => ({ path, type: '', parts: [], predicates: [], itemClassed: false }));
  }
  return expression.paths.flatMap((path) => readsOf(param, path, modifier));
}

function partReads({ expression: places }: SearchParameter, part: CompositePart): readonly ParameterRead[] {
  if (places.kind !== 'paths') return [];
  return places.paths.flatMap((place) =>
    resultTypes(place).flatMap((type) => {
      const expression = part.expressions.get(type);
      const paths = expression?.kind === 'paths' ? expression.paths : [];
      return paths
        .flatMap((path) => readsOf(part.param, path, undefined))
        .map((read) => below(elementPath(place), read));
    }),
  );
}

function below(place: string, read: ParameterRead): ParameterRead {
  const from = (path: string): string => (place === '' ? path : `${place}.${path}`);
  return { ...read, path: from(read.path), predicates: read.predicates.map(from) };
}

function readsOf(param: SearchParameter, path: CompiledPath, modifier: Modifier | undefined): readonly ParameterRead[] {
  const last = path.steps.findLast((step) => step.kind === 'child');
  if (last?.kind !== 'child') return [];
  const predicates = predicatesOf(path);
  return last.properties.map(({ json, type }) => ({
    path: elementPath(path),
    property: json,
    type,
    parts: parameterType(param.kind).parts(type, modifier),
    predicates,
    itemClassed: param.itemElement !== undefined,
  }));
}

function predicatesOf(path: CompiledPath): readonly string[] {
  const at: string[] = [];
  const found: string[] = [];
  for (const step of path.steps) {
    if (step.kind === 'child') at.push(step.element.name);
    if (step.kind === 'where') found.push(...step.reads.map((read) => [...at, read].join('.')));
  }
  return found;
}
