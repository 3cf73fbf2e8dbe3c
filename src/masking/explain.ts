/**
 * Why a role sees a resource as it does: each element that is hidden or altered, and what in the view does it. It walks
 * the states that `get` walks, so that it cannot tell another story than the server's answers.
 */
import { isArray, isObject, type Json, type JsonObject, type ResourceJson } from '../core/json.ts';
import type { FhirNode } from '../fhirpath/path.ts';
import { itemNodes, maskNode, toNode } from './get.ts';
import { isPrimitive } from './markers.ts';
import { type Seeing, seeMembers } from './see.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

export interface Finding {
  /** `Patient.identifier[1].value`; never a value of the resource. */
  readonly path: string;
  readonly effect: 'hidden' | 'altered';
  /** `rule ssn-last4`, `not listed`, … */
  readonly because: string;
}

interface Walk {
  readonly seeing: Seeing;
  readonly found: Finding[];
}

/** What one view hides and alters of a resource, in its order. `seeing` holds that view alone. */
export function explainResource(resource: ResourceJson, view: View, seeing: Seeing): readonly Finding[] {
  const walk: Walk = { seeing, found: [] };
  const { resourceType: type, id: _, meta, contained, ...body } = resource;
  if (view.pseudonymId) walk.found.push({ path: `${type}.id`, effect: 'altered', because: 'rule pseudonym' });
  if (view.spec.meta === 'hide' && meta !== undefined) hide(walk, `${type}.meta`, 'the view hides meta');
  else if (isObject(meta)) explainMembers(walk, { meta }, view.state, type);
  explainMembers(walk, body, view.state, type);
  if (isArray(contained)) explainContained(walk, resource, contained);
  return walk.found;
}

function hide(walk: Walk, path: string, because: string): void {
  walk.found.push({ path, effect: 'hidden', because });
}

function explainMembers(walk: Walk, object: JsonObject, state: ViewState, path: string): void {
  if (state.whole) return;
  for (const key of Object.keys(object)) {
    const name = key.startsWith('_') ? key.slice(1) : key;
    if (name !== key && Object.hasOwn(object, name)) continue;
    explainProperty(walk, object, name, { state, path: `${path}.${name}` });
  }
}

interface At {
  /** Of the parent. */
  readonly state: ViewState;
  /** Of the property. */
  readonly path: string;
}

function explainProperty(walk: Walk, object: JsonObject, name: string, { state, path }: At): void {
  const { context } = walk.seeing;
  const transition = state.child(name);
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  const sibling = Object.hasOwn(object, `_${name}`) ? object[`_${name}`] : undefined;
  const isList = isArray(value) || isArray(sibling);
  const nodes = isList ? itemNodes(value, sibling, transition.type) : [toNode(value, sibling, transition.type)];
  for (const [i, node] of nodes.entries()) {
    explainNode(walk, node, transition.stateOf(node, i, context, state.type), isList ? `${path}[${i}]` : path);
  }
}

function explainNode(walk: Walk, node: FhirNode, state: ViewState, path: string): void {
  const { context } = walk.seeing;
  const rules = [...new Set(state.actions.map((action) => `rule ${action.ruleId}`))].join(', ');
  if (state.hidden) hide(walk, path, rules === '' ? 'not listed' : rules);
  if (state.hidden || state.whole) return;
  if (state.actions.length > 0) {
    const effect = maskNode(node, [state], context) === undefined ? 'hidden' : 'altered';
    walk.found.push({ path, effect, because: rules });
    return;
  }
  const members = isPlain(walk, node) ? node.sibling : node.value;
  // Its extensions may be listed and the value itself not.
  if (members === node.sibling && state.leaf === undefined && node.value !== undefined) {
    hide(walk, `${path}.value`, 'not listed');
  }
  if (isObject(members)) explainMembers(walk, members, state, path);
}

const isPlain = ({ seeing }: Walk, node: FhirNode): boolean =>
  node.type === '' ? !isObject(node.value) : isPrimitive(seeing.context.definitions, node.type);

function explainContained(walk: Walk, resource: ResourceJson, contained: readonly Json[]): void {
  const shown = idsOf(seeMembers(resource, walk.seeing)['contained']);
  const hidden = new Set<string>();
  for (const [i, each] of contained.entries()) {
    if (!isObject(each)) continue;
    const path = `${resource.resourceType}.contained[${i}]`;
    const views = walk.seeing.contained(String(each['resourceType']));
    if (typeof each['id'] === 'string' && shown.has(each['id'])) {
      const [view] = views === 'all' ? [] : views;
      if (view) explainMembers(walk, withoutHead(each), view.state, path);
      continue;
    }
    if (typeof each['id'] === 'string') hidden.add(each['id']);
    const closed = views !== 'all' && views.length === 0;
    hide(
      walk,
      path,
      closed ? 'no view of its type' : 'nothing that is shown refers to it, or its modifierExtension is hidden',
    );
  }
  markReferences(walk, resource, hidden, resource.resourceType);
}

function withoutHead({ resourceType: _, id: __, ...rest }: JsonObject): JsonObject {
  return rest;
}

function idsOf(contained: Json | undefined): ReadonlySet<string> {
  const ids = (isArray(contained) ? contained : []).map((each) => (isObject(each) ? each['id'] : undefined));
  return new Set(ids.filter((id) => typeof id === 'string'));
}

// A `#id` whose target is hidden carries a mark instead (CONTRACT.md).
function markReferences(walk: Walk, value: Json | undefined, hidden: ReadonlySet<string>, path: string): void {
  if (walk.found.some((finding) => finding.path === path && finding.effect === 'hidden')) return;
  if (isArray(value)) {
    for (const [i, item] of value.entries()) markReferences(walk, item, hidden, `${path}[${i}]`);
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name !== 'reference' || typeof member !== 'string' || !member.startsWith('#')) {
      markReferences(walk, member, hidden, `${path}.${name}`);
    } else if (hidden.has(member.slice(1))) {
      walk.found.push({ path: `${path}.reference`, effect: 'altered', because: 'names a hidden contained resource' });
    }
  }
}
