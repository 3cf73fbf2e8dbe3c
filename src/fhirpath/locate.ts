/** Where in the JSON the nodes of a path lie, so that they can be edited. */
import { isArray, isObject, member } from '../core/json.ts';
import { childNodes, type FhirNode, type Property, type Step, type Variables } from './node.ts';

/** A node and the place of its value: `['name', '0', 'given', '1']`. */
export interface Located {
  readonly node: FhirNode;
  readonly way: readonly string[];
}

/** The nodes that steps lead to from a root, in document order, as `selectNodes` gives them. */
export function locateNodes(steps: readonly Step[], root: FhirNode, variables: Variables): readonly Located[] {
  let found: readonly Located[] = [{ node: root, way: [] }];
  for (const step of steps) found = locateStep(step, found, variables);
  return found;
}

function locateStep(step: Step, from: readonly Located[], variables: Variables): readonly Located[] {
  switch (step.kind) {
    case 'child':
      return from.flatMap((parent) => step.properties.flatMap((property) => locateChildren(parent, property)));
    case 'where':
      return from.filter(({ node }) => step.predicate(node, variables));
    case 'index':
      return from.slice(step.index, step.index + 1);
    default:
      return step satisfies never;
  }
}

function locateChildren(parent: Located, property: Property): readonly Located[] {
  const { node } = parent;
  const holder = isObject(node.value) ? node.value : node.sibling;
  if (!holder) return [];
  const way = [...(isObject(node.value) ? parent.way : siblingWay(parent.way)), property.json];
  const isListed = [property.json, `_${property.json}`].some((name) => isArray(member(holder, name)));
  return childNodes(node, property)
    .map((child, index) => ({ node: child, way: isListed ? [...way, String(index)] : way }))
    .filter(({ node: child }) => child.value !== undefined || child.sibling !== undefined);
}

/** Where the `_name` of a primitive lies whose value lies at `way`. */
export function siblingWay(way: readonly string[]): readonly string[] {
  const at = way.findLastIndex((step) => !/^\d+$/.test(step));
  return way.map((step, i) => (i === at ? `_${step}` : step));
}
