/** A role's view of one type, compiled from its file: what enforces is what `policy explain` reads. */

import type { Faults } from '../definitions/faults.ts';
import type { RuleSpec, ViewSpec, WriteSpec } from '../definitions/role-file.ts';
import type { Definitions, ElementDef } from '../definitions/types.ts';
import { type CompiledPath, compilePath, FhirPathError } from '../fhirpath/path.ts';
import type { RuleAction } from './actions/action.ts';
import { ACTIONS } from './actions/registry.ts';
import { type LabelTags, tagsOf } from './labels.ts';
import { rootState, type ViewState } from './state.ts';
import { addPath, type ClassLookup, emptyNode, type TreeNode, UnsupportedPathError } from './tree.ts';

export interface View {
  readonly role: string;
  readonly type: string;
  readonly spec: ViewSpec;
  readonly state: ViewState;
  readonly write: ViewState;
  readonly create: ViewState;
  readonly tags: LabelTags;
  /** The resource's own id stands under a pseudonym. */
  readonly pseudonymId: boolean;
  /** A rule asks for the person's age, so the whole resource must be opened. */
  readonly needsAge: boolean;
  /** Rules with the elements that they end in, for checks and `policy explain`. */
  readonly rules: readonly CompiledRule[];
  readonly shows: readonly { readonly path: CompiledPath; readonly pointer: string }[];
}

export interface CompiledRule {
  readonly spec: RuleSpec;
  readonly path: CompiledPath;
  readonly element: ElementDef;
}

interface Compiler {
  readonly definitions: Definitions;
  readonly classes: ClassLookup;
  readonly faults: Faults;
  readonly spec: ViewSpec;
}

/** Compiles a view; what is wrong is added to `faults` with file and JSON pointer. */
export function compileView(compiler: Compiler): View {
  const { definitions, spec } = compiler;
  const show = emptyNode();
  const shows = spec.show.flatMap((entry) => listPath(compiler, show, entry));
  const ruleTree = emptyNode();
  const ordered = orderRules(compiler);
  const rules = ordered.flatMap((rule) => addRule(compiler, ruleTree, rule));
  // VIEWS.md: narrative only where the view is `*` and nothing is hidden or altered.
  if (spec.rules.length > 0) hideText(ruleTree);
  if (spec.meta === 'hide') show.branches.delete('meta');
  const pseudonymId = spec.rules.some((rule) => rule.path === 'id' && rule.do === 'pseudonym');
  if (pseudonymId) show.elementIds = 'hidden';
  return {
    role: spec.role,
    type: spec.type,
    spec,
    shows,
    rules,
    state: withAlways(compiler, rootState(definitions, spec.type, show, ruleTree)),
    write: writeTree(compiler, spec.write),
    create: writeTree(compiler, spec.create),
    tags: tagsOf(spec),
    pseudonymId,
    needsAge: spec.rules.some((rule) => rule.do === 'age-cap'),
  };
}

// Elements that stand in every answer are required of the view as R4 requires others.
function withAlways({ definitions, spec, faults }: Compiler, root: ViewState): ViewState {
  if (spec.always.length === 0) return root;
  const elements = spec.always.flatMap((name) => definitions.type(spec.type)?.elements.get(name) ?? []);
  if (elements.length < spec.always.length)
    faults.add(spec.file, `${spec.pointer}/always`, 'names no element of the type');
  return { ...root, required: [...root.required, ...elements] };
}

function listPath(compiler: Compiler, tree: TreeNode, entry: { path: string; pointer: string }) {
  if (entry.path === '*') {
    tree.leaf = 'all';
    return [];
  }
  const path = compile(compiler, entry.path, entry.pointer);
  if (!path) return [];
  if (isText(path)) {
    compiler.faults.add(compiler.spec.file, entry.pointer, 'text is shown by a view of "*" without rules alone');
    return [];
  }
  // An extension that is listed by its URL is shown whole: its content has no other names to list.
  const leaf = endsInExtension(path) ? 'all' : 'listed';
  for (const end of place(compiler, tree, path, entry.pointer)) {
    end.leaf = end.leaf === 'all' ? 'all' : leaf;
  }
  return [{ path, pointer: entry.pointer }];
}

const isText = (path: CompiledPath): boolean =>
  lastElement(path)?.path.endsWith('.text') === true && path.steps.length === 1;
const endsInExtension = (path: CompiledPath): boolean =>
  /^(?:modifierE|e)xtension$/.test(lastElement(path)?.name ?? '');

/** The element that a path ends in. */
export function lastElement(path: CompiledPath): ElementDef | undefined {
  const step = path.steps.findLast((each) => each.kind === 'child');
  return step?.kind === 'child' ? step.element : undefined;
}

function compile(compiler: Compiler, expression: string, pointer: string): CompiledPath | undefined {
  const { definitions, faults, spec } = compiler;
  try {
    return compilePath(definitions, spec.type, expression);
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    faults.add(spec.file, pointer, error.message);
    return undefined;
  }
}

function place(compiler: Compiler, tree: TreeNode, path: CompiledPath, pointer: string): readonly TreeNode[] {
  try {
    return addPath(tree, path, compiler.classes);
  } catch (error) {
    if (!(error instanceof UnsupportedPathError)) throw error;
    compiler.faults.add(compiler.spec.file, pointer, error.message);
    return [];
  }
}

function addRule(compiler: Compiler, tree: TreeNode, rule: RuleSpec): readonly CompiledRule[] {
  const { faults, spec } = compiler;
  if (rule.path === 'id' && rule.do === 'pseudonym') return [];
  const path = compile(compiler, rule.path, `${rule.pointer}/path`);
  const element = path && lastElement(path);
  if (!path || !element) return [];
  const kind = ACTIONS[rule.do];
  const types = lastTypes(path);
  if (kind.suits !== 'any') {
    const unfit = types.find((type) => !kind.suits.includes(type));
    if (unfit)
      faults.add(spec.file, `${rule.pointer}/do`, `${rule.do} cannot act on ${unfit}; name the type with ofType()`);
  }
  const action: RuleAction = {
    ruleId: rule.id,
    name: rule.do,
    apply: kind.make(rule.with === undefined ? {} : { with: rule.with }),
  };
  for (const end of place(compiler, tree, path, `${rule.pointer}/path`)) end.actions.push(action);
  return [{ spec: rule, path, element }];
}

function lastTypes(path: CompiledPath): readonly string[] {
  const step = path.steps.findLast((each) => each.kind === 'child');
  return step?.kind === 'child' ? step.properties.map((property) => property.type) : [];
}

// Rules act in the order of "after"; a rule that names one that is not there, or itself in a circle, is a fault.
function orderRules(compiler: Compiler): readonly RuleSpec[] {
  const { spec, faults } = compiler;
  const ordered: RuleSpec[] = [];
  const ids = new Set<string>();
  for (const rule of spec.rules) {
    if (ids.has(rule.id)) faults.add(spec.file, `${rule.pointer}/id`, 'is the id of another rule too');
    ids.add(rule.id);
  }
  let waiting = [...spec.rules];
  while (waiting.length > 0) {
    const ready = waiting.filter((rule) => rule.after === undefined || ordered.some((done) => done.id === rule.after));
    if (ready.length === 0) break;
    ordered.push(...ready);
    waiting = waiting.filter((rule) => !ready.includes(rule));
  }
  for (const rule of waiting) faults.add(spec.file, `${rule.pointer}/after`, 'names no rule that can act first');
  return ordered;
}

function hideText(tree: TreeNode): void {
  const node = emptyNode();
  node.actions.push({ ruleId: 'narrative', name: 'hide', apply: () => undefined });
  tree.branches.set('text', [{ filters: [], node }]);
}

function writeTree(compiler: Compiler, entries: readonly WriteSpec[]): ViewState {
  const tree = emptyNode();
  for (const entry of entries) {
    if (entry.path === '*') {
      tree.leaf = 'all';
      continue;
    }
    const path = compile(compiler, entry.path, entry.pointer);
    if (!path) continue;
    for (const end of place(compiler, tree, path, entry.pointer)) {
      end.leaf = 'all';
      if (entry.values) end.values = new Set(entry.values);
    }
  }
  return rootState(compiler.definitions, compiler.spec.type, tree, emptyNode());
}
