/** Paths of a view as a tree of JSON properties, so that masking walks a resource once. */
import type { CompiledPath, Predicate, Step } from '../fhirpath/path.ts';
import type { RuleAction } from './actions/action.ts';

/** What an item of a property must fulfil for a branch to hold. */
export type Filter =
  | { readonly kind: 'where'; readonly predicate: Predicate; readonly text: string }
  | { readonly kind: 'class'; readonly element: string; readonly name: string; readonly text: string }
  | { readonly kind: 'index'; readonly index: number; readonly text: string };

export interface Branch {
  readonly filters: readonly Filter[];
  readonly node: TreeNode;
}

/** A place that some path leads to or through. Filled while a view is compiled, frozen in use afterwards. */
export interface TreeNode {
  readonly branches: Map<string, Branch[]>;
  /** The place itself is listed: `all` with extensions, `listed` without. */
  leaf?: 'all' | 'listed';
  /** Rules on this place, in the order in which they act. */
  readonly actions: RuleAction[];
  /** On a root: ids of elements, which are their writer's words, are shown nowhere. */
  elementIds?: 'hidden';
  /** For `write`: the values allowed here. */
  values?: ReadonlySet<string>;
}

/** A place that nothing leads to yet. */
export const emptyNode = (): TreeNode => ({ branches: new Map(), actions: [] });

/** Predicates that are item classes stand for the class: "the first that fits" (VIEWS.md). */
export type ClassLookup = (type: string, element: string) => ReadonlyMap<string, string>;

export class UnsupportedPathError extends Error {
  override name = 'UnsupportedPathError';
}

/** Adds a path below a root and gives the nodes that it ends in: one for each JSON property of a choice. */
export function addPath(root: TreeNode, path: CompiledPath, classes: ClassLookup): readonly TreeNode[] {
  let ends: readonly TreeNode[] = [root];
  for (let at = 0; at < path.steps.length; ) {
    const step = path.steps[at];
    if (step?.kind !== 'child') throw new UnsupportedPathError('a filter must follow an element');
    const filterSteps = takeFilters(path.steps, at + 1);
    if (filterSteps.some((filter) => filter.kind === 'index') && hasListBefore(path.steps, at)) {
      throw new UnsupportedPathError('an index below a list would count through all of its items');
    }
    const known = classes(path.type, at === 0 ? step.element.name : '');
    const filters = filterSteps.map((filter) => toFilter(filter, step.element.name, known));
    const properties = step.properties.map((property) => property.json);
    ends = ends.flatMap((end) => properties.map((property) => branchTo(end, property, filters)));
    at += 1 + filterSteps.length;
  }
  return ends;
}

// FHIRPath counts [n] through all nodes so far; a tree knows an item's place among its siblings alone.
const hasListBefore = (steps: readonly Step[], end: number): boolean =>
  steps.slice(0, end).some((step) => step.kind === 'child' && step.element.max > 1);

function takeFilters(steps: readonly Step[], from: number): readonly Exclude<Step, { kind: 'child' }>[] {
  const filters: Exclude<Step, { kind: 'child' }>[] = [];
  for (let at = from; at < steps.length; at++) {
    const step = steps[at];
    if (!step || step.kind === 'child') break;
    if (step.kind === 'index' && filters.length > 0) {
      throw new UnsupportedPathError('an index must stand before where()');
    }
    filters.push(step);
  }
  return filters;
}

function toFilter(
  step: Exclude<Step, { kind: 'child' }>,
  element: string,
  classes: ReadonlyMap<string, string>,
): Filter {
  if (step.kind === 'index') return { kind: 'index', index: step.index, text: `[${step.index}]` };
  const name = classes.get(step.text);
  if (name !== undefined) return { kind: 'class', element, name, text: step.text };
  return { kind: 'where', predicate: step.predicate, text: step.text };
}

function branchTo(node: TreeNode, property: string, filters: readonly Filter[]): TreeNode {
  const branches = node.branches.get(property) ?? [];
  node.branches.set(property, branches);
  const text = filterText(filters);
  const found = branches.find((branch) => filterText(branch.filters) === text);
  if (found) return found.node;
  const made = emptyNode();
  branches.push({ filters, node: made });
  return made;
}

const filterText = (filters: readonly Filter[]): string => filters.map((filter) => filter.text).join('.');
