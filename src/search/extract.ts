/** What a resource is indexed by: terms, row terms, and the resources that it refers to. */
import type { Json, ResourceJson } from '../core/json.ts';
import type { Term, Uid } from '../core/plan.ts';
import type { TermMaker } from '../core/secrets.ts';
import type { Labeller } from '../definitions/labeller.ts';
import { withAssigned } from '../definitions/labeller.ts';
import type { Definitions } from '../definitions/types.ts';
import type { FhirNode } from '../fhirpath/node.ts';
import type { SearchRegistry } from './parameters.ts';
import { targetOf } from './params/reference.ts';
import { parameterType } from './params/registry.ts';
import type { SearchParameter } from './query.ts';
import { createRowTerms } from './row-terms.ts';
import { createSortText } from './sort-values.ts';
import {
  identifierParameter,
  MAX_VALUES,
  OVERFLOW,
  PRESENT,
  referenceParameter,
  rowParameter,
  rowReference,
} from './term-names.ts';
import { hasValue, parameterNodes } from './values.ts';

export interface IndexedResource {
  /** Search terms and row terms, each once. */
  readonly terms: readonly Term[];
  readonly rowTerms: readonly Term[];
  readonly references: readonly { readonly parameter: string; readonly uid: Uid }[];
  /** What the sort box holds (`sort-values.ts`). */
  readonly sortText?: string;
}

export interface IndexerContext {
  readonly registry: SearchRegistry;
  readonly definitions: Definitions;
  readonly terms: TermMaker;
  /** Class of an item; '' for elements whose items have none. */
  readonly classify: (type: string, element: string, item: Json) => string;
  readonly baseUrl: string;
  /** The labels that the server gives by itself; they are indexed as those in `meta.security` are. */
  readonly assign: Labeller;
  /** Type to the codes of the parameters that row filters use. */
  readonly rowParameters: ReadonlyMap<string, readonly string[]>;
}

/** Makes the function that indexes a resource as it is stored, `meta.lastUpdated` included. */
export function createIndexer(context: IndexerContext): (resource: ResourceJson) => IndexedResource {
  const ownRowTerms = createRowTerms(context);
  const sortTextOf = createSortText(context.registry);
  return (sent) => {
    const type = sent.resourceType;
    const resource = withAssigned(sent, context.assign(sent));
    const found: Found = { terms: new Set(), rowTerms: new Set(ownRowTerms(sent)), references: new Map() };
    const rowCodes = new Set(context.rowParameters.get(type));
    for (const param of context.registry.supported(type)) {
      if (param.kind === 'id' || param.kind === 'composite' || param.kind === 'text') continue;
      const isRow = rowCodes.has(param.code);
      if (!isRow && !param.indexes.includes(param.code)) continue;
      const nodes = parameterNodes(param, resource);
      if (nodes.length === 0) continue;
      if (param.indexes.includes(param.code)) indexParameter(found, param, nodes, context);
      if (isRow) indexRow(found, param, nodes, context);
    }
    return {
      terms: [...found.terms.union(found.rowTerms)],
      rowTerms: [...found.rowTerms],
      references: [...found.references.values()],
      sortText: sortTextOf(resource),
    };
  };
}

interface Found {
  readonly terms: Set<Term>;
  readonly rowTerms: Set<Term>;
  readonly references: Map<string, { readonly parameter: string; readonly uid: Uid }>;
}

type Nodes = readonly FhirNode[];

function indexParameter(found: Found, param: SearchParameter, nodes: Nodes, context: IndexerContext): void {
  const { terms, baseUrl } = context;
  const add = (itemClass: string, value: string, code = param.code): void => {
    found.terms.add(terms.term(param.type, code, itemClass, value));
  };
  // Yes or no is always there.
  if (param.expression.kind === 'paths' && nodes.some(hasValue)) add('', PRESENT);
  for (const [itemClass, values] of valuesByClass(param, nodes, context)) {
    for (const value of values.slice(0, MAX_VALUES).flat()) add(itemClass, value);
    if (values.length > MAX_VALUES) add(itemClass, OVERFLOW);
  }
  if (param.kind !== 'reference') return;
  for (const uid of targetUids(nodes, context)) {
    const parameter = referenceParameter(param, param.code);
    found.references.set(`${parameter} ${uid}`, { parameter, uid });
  }
  const modified = { param, baseUrl, modifier: 'identifier' } as const;
  const identifiers = nodes.flatMap((node) => parameterType('reference').index(node, modified));
  const code = identifierParameter(param.code);
  for (const value of identifiers.slice(0, MAX_VALUES).flat()) add('', value, code);
  if (identifiers.length > MAX_VALUES) add('', OVERFLOW, code);
}

// A row filter decides by terms alone, so none of its values may be missing.
function indexRow(found: Found, param: SearchParameter, nodes: Nodes, context: IndexerContext): void {
  const code = rowParameter(param.code);
  const add = (itemClass: string, value: string): void => {
    found.rowTerms.add(context.terms.term(param.type, code, itemClass, value));
  };
  if (nodes.some(hasValue)) add('', PRESENT);
  for (const [itemClass, values] of valuesByClass(param, nodes, context)) {
    for (const value of values.flat()) add(itemClass, value);
  }
  if (param.kind === 'reference') for (const uid of targetUids(nodes, context)) add('', rowReference(uid));
}

function targetUids(nodes: Nodes, { terms, baseUrl }: IndexerContext): ReadonlySet<Uid> {
  const targets = nodes.map((node) => targetOf(node, baseUrl)).filter((target) => target !== undefined);
  return new Set(targets.map(({ type, id }) => terms.uid(type, id)));
}

function valuesByClass(
  param: SearchParameter,
  nodes: Nodes,
  { classify, baseUrl }: IndexerContext,
): ReadonlyMap<string, (readonly string[])[]> {
  const byClass = new Map<string, (readonly string[])[]>();
  for (const node of nodes) {
    const { itemElement } = param;
    const itemClass = itemElement === undefined ? '' : classify(param.type, itemElement, node.value ?? null);
    const values = parameterType(param.kind).index(node, { param, baseUrl });
    const known = byClass.get(itemClass);
    if (known) for (const value of values) known.push(value);
    else byClass.set(itemClass, [...values]);
  }
  return byClass;
}
