/**
 * A view's state at one place of a resource: what is listed from here on and which rules act. States are made once
 * and remembered, as in the subset construction of automata, so that a walk costs look-ups alone.
 */
import { isArray, isObject, type Json } from '../core/json.ts';
import { parseReference } from '../core/reference.ts';
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { FhirNode, Variables } from '../fhirpath/path.ts';
import type { RuleAction } from './actions/action.ts';
import type { Branch, Filter, TreeNode } from './tree.ts';

export type Leaf = 'all' | 'listed' | undefined;

/** What filters need to know. */
export interface FilterContext {
  readonly variables: Variables;
  /** Under which absolute references are this server's own. */
  readonly baseUrl: string;
  classify(type: string, element: string, item: FhirNode): string;
}

export interface ViewState {
  /** FHIR type here; empty where definitions do not reach. */
  readonly type: string;
  readonly leaf: Leaf;
  readonly actions: readonly RuleAction[];
  /** Nothing at or below this place is shown. */
  readonly hidden: boolean;
  /** Everything at and below this place is shown, unaltered. */
  readonly whole: boolean;
  /** A rule acts here or below. */
  readonly ruled: boolean;
  /** For write trees: values allowed here. */
  readonly values: ReadonlySet<string> | undefined;
  /** For write trees: some place below has its own values, so that this place is not written whole. */
  readonly narrowed: boolean;
  /** Elements below that a `mask` rule names: marked always. */
  readonly masked: readonly ElementDef[];
  /** Elements that R4 requires here, by cardinality or with another one, and that this state may leave empty. */
  readonly required: readonly ElementDef[];
  child(property: string): Transition;
}

/** From a place to the items of one of its properties. */
export interface Transition {
  readonly type: string;
  readonly element: ElementDef | undefined;
  /** Set where every item has the same state. */
  readonly only: ViewState | undefined;
  /** The least that an item may show: no filtered listing holds, every filtered rule does. */
  readonly least: () => ViewState;
  /** The most that an item may show: every filtered listing holds, no filtered rule does. */
  readonly most: () => ViewState;
  /** What decides between states. */
  readonly filters: readonly Filter[];
  stateOf(item: FhirNode, index: number, context: FilterContext, parentType: string): ViewState;
  /** The state of an item for which these filters hold; used to reason about views before any data is there. */
  stateFor(holds: (filter: Filter) => boolean): ViewState;
}

interface Parts {
  readonly type: string;
  readonly leaf: Leaf;
  readonly shows: readonly TreeNode[];
  readonly rules: readonly TreeNode[];
  readonly elementIds: 'shown' | 'hidden';
}

/** The state at the root of a view. */
export function rootState(definitions: Definitions, type: string, show: TreeNode, rules: TreeNode): ViewState {
  const elementIds = show.elementIds ?? 'shown';
  return makeState(definitions, { type, leaf: show.leaf, shows: [show], rules: [rules], elementIds });
}

function makeState(definitions: Definitions, parts: Parts): ViewState {
  const actions = parts.rules.flatMap((rule) => rule.actions);
  const hides = actions.some((action) => action.name === 'hide' || action.name === 'mask');
  const ruled = parts.rules.some((rule) => rule.branches.size > 0);
  const reaches = parts.leaf !== undefined || parts.shows.some((show) => show.branches.size > 0);
  const transitions = new Map<string, Transition>();
  const child = (property: string): Transition => {
    const known = transitions.get(property);
    if (known) return known;
    const made = makeTransition(definitions, parts, property);
    transitions.set(property, made);
    return made;
  };
  // Worked out when first asked for: below a whole state nobody asks.
  const masked = lazy(() => maskedElements(definitions, parts));
  const required = lazy(() => requiredElements(definitions, parts.type, child));
  return {
    type: parts.type,
    leaf: parts.leaf,
    actions,
    hidden: hides || !reaches,
    ruled: ruled || actions.length > 0,
    whole: parts.leaf === 'all' && !ruled && actions.length === 0,
    values: valuesOf(parts.shows),
    narrowed: parts.shows.some(hasValuesBelow),
    get masked() {
      return masked();
    },
    get required() {
      return required();
    },
    child,
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

// No value at all is a list too: what an entry with an empty list names may not be written.
function valuesOf(shows: readonly TreeNode[]): ReadonlySet<string> | undefined {
  const lists = shows.flatMap((show) => (show.values ? [show.values] : []));
  return lists.length > 0 ? new Set(lists.flatMap((list) => [...list])) : undefined;
}

const hasValuesBelow = (node: TreeNode): boolean =>
  [...node.branches.values()].flat().some((branch) => branch.node.values !== undefined || hasValuesBelow(branch.node));

function maskedElements(definitions: Definitions, parts: Parts): readonly ElementDef[] {
  const names = new Set<string>();
  for (const rule of parts.rules) {
    for (const [property, branches] of rule.branches) {
      const masks = branches.some((branch) => branch.node.actions.some((action) => action.name === 'mask'));
      if (masks) names.add(property);
    }
  }
  const properties = definitions.type(parts.type)?.properties;
  const elements = [...names].map((name) => properties?.get(name)?.element).filter((element) => element !== undefined);
  return [...new Set(elements)];
}

// Elements that an invariant lets stand together alone (rat-1): of one that a view empties, a marker must be left.
const TOGETHER: ReadonlyMap<string, ReadonlySet<string>> = new Map([['Ratio', new Set(['numerator', 'denominator'])]]);

function requiredElements(
  definitions: Definitions,
  type: string,
  child: (property: string) => Transition,
): readonly ElementDef[] {
  const type_ = definitions.type(type);
  if (!type_) return [];
  return [...type_.elements.values()].filter((element) => {
    if (element.min === 0 && !TOGETHER.get(type)?.has(element.name)) return false;
    const names = [...type_.properties].filter(([, property]) => property.element === element).map(([name]) => name);
    return !names.every((name) => child(name).only?.whole === true);
  });
}

function makeTransition(definitions: Definitions, parts: Parts, property: string): Transition {
  const found = definitions.type(parts.type)?.properties.get(property);
  const type = found?.type ?? '';
  const leaf = leafBelow(parts, property);
  const shows = parts.shows.flatMap((node) => node.branches.get(property) ?? []);
  const rules = parts.rules.flatMap((node) => node.branches.get(property) ?? []);
  const branches: readonly Branch[] = [...shows, ...rules];
  const filters = branches.flatMap((branch) => branch.filters);
  const states = new Map<string, ViewState>();

  const stateWhere = (holds: (filter: Filter) => boolean): ViewState =>
    stateOfHeld(branches.map((branch) => branch.filters.every(holds)));
  const stateOfHeld = (held: readonly boolean[]): ViewState => {
    const key = held.map((holding) => (holding ? '1' : '0')).join('');
    const known = states.get(key);
    if (known) return known;
    const heldShows = shows.filter((_, i) => held[i]).map((branch) => branch.node);
    const heldRules = rules.filter((_, i) => held[shows.length + i]).map((branch) => branch.node);
    const made = makeState(definitions, {
      type,
      leaf: strongest([leaf, ...heldShows.map((node) => node.leaf)]),
      shows: heldShows,
      rules: heldRules,
      elementIds: parts.elementIds,
    });
    states.set(key, made);
    return made;
  };

  const only = filters.length === 0 ? stateWhere(() => true) : undefined;
  return {
    type,
    element: found?.element,
    only,
    filters,
    least: () => only ?? stateOfHeld(branches.map((branch, i) => i >= shows.length || branch.filters.length === 0)),
    most: () => only ?? stateOfHeld(branches.map((branch, i) => i < shows.length || branch.filters.length === 0)),
    stateFor: stateWhere,
    stateOf: (item, index, context, parentType) =>
      only ?? stateWhere((filter) => holdsFor(filter, item, index, context, parentType)),
  };
}

function holdsFor(filter: Filter, item: FhirNode, index: number, context: FilterContext, parentType: string): boolean {
  switch (filter.kind) {
    case 'index':
      return filter.index === index;
    case 'class':
      return context.classify(parentType, filter.element, item) === filter.name;
    case 'where':
      return filter.predicate({ ...item, value: withPlainReferences(item.value, context.baseUrl) }, context.variables);
    default:
      return filter satisfies never;
  }
}

// CONTRACT.md "references": `Type/id`, the same with a version and the same under `BASE_URL` are one thing, so a
// predicate sees one of them alone.
function withPlainReferences(value: Json | undefined, baseUrl: string): Json | undefined {
  if (isArray(value)) return value.map((item) => withPlainReferences(item, baseUrl) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const literal = name === 'reference' && typeof member === 'string' ? parseReference(member, baseUrl) : undefined;
      return [name, literal ? `${literal.type}/${literal.id}` : withPlainReferences(member, baseUrl)];
    }),
  );
}

// VIEWS.md: a listed element shows what is below it but extensions, Reference.display and Reference.identifier.
function leafBelow(parts: Parts, property: string): Leaf {
  if (parts.leaf !== 'listed') return parts.leaf;
  if (property === 'extension' || property === 'modifierExtension') return undefined;
  if (property === 'id' && parts.elementIds === 'hidden') return undefined;
  if (parts.type === 'Reference' && (property === 'display' || property === 'identifier')) return undefined;
  return 'listed';
}

function strongest(leaves: readonly Leaf[]): Leaf {
  if (leaves.includes('all')) return 'all';
  return leaves.includes('listed') ? 'listed' : undefined;
}
