/** What a view must not do (DESIGN.md "Views as data"): each fault names file and JSON pointer. */
import type { Faults } from '../definitions/faults.ts';
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { ViewState } from './state.ts';
import { type CompiledRule, lastElement, type View } from './view.ts';

interface Check {
  readonly definitions: Definitions;
  readonly faults: Faults;
  readonly view: View;
}

/** Adds a fault for everything that a compiled view may not say. */
export function checkView(check: Check): void {
  checkModifiers(check);
  checkOverlaps(check);
  checkWrites(check);
  checkRevelations(check);
  checkVersions(check);
}

// R4 conformance-rules.html#isModifier: without one the rest could be read as its opposite. `Patient.link` is the one
// exception (VIEWS.md): it is another person's record. modifierExtension is judged by resource (row filter).
function checkModifiers({ definitions, faults, view }: Check): void {
  if (view.spec.show.length === 0) return;
  const type = definitions.type(view.type);
  for (const element of type?.elements.values() ?? []) {
    if (!element.modifier || element.name === 'modifierExtension' || element.path === 'Patient.link') continue;
    const shown = statesOf(definitions, view, element).every((state) => state !== undefined && !state.hidden);
    if (!shown) {
      faults.add(
        view.spec.file,
        `${view.spec.pointer}/show`,
        `${element.path} changes the meaning of the rest and must be shown`,
      );
    }
  }
}

function statesOf(definitions: Definitions, view: View, element: ElementDef): readonly (ViewState | undefined)[] {
  const properties = [...(definitions.type(view.type)?.properties ?? [])];
  return properties.filter(([, property]) => property.element === element).map(([name]) => view.state.child(name).only);
}

// Two rules that may act on one element, or on an element and one inside it, need an order.
function checkOverlaps({ faults, view }: Check): void {
  for (const [i, a] of view.rules.entries()) {
    for (const b of view.rules.slice(i + 1)) {
      if (a.spec.do === 'hide' && b.spec.do === 'hide') continue;
      if (!overlap(a, b) || ordered(view, a, b)) continue;
      faults.add(
        view.spec.file,
        `${b.spec.pointer}/path`,
        `may act on the same element as rule ${a.spec.id}: say which is first with "after"`,
      );
    }
  }
}

function overlap(a: CompiledRule, b: CompiledRule): boolean {
  const one = `${a.element.path}.`;
  const other = `${b.element.path}.`;
  if (!one.startsWith(other) && !other.startsWith(one)) return false;
  const types = (rule: CompiledRule) =>
    rule.path.steps.flatMap((step) => (step.kind === 'child' ? [step.properties.map((p) => p.json)] : [])).at(-1) ?? [];
  // Different types of one choice never meet.
  return a.element !== b.element || types(a).some((type) => types(b).includes(type));
}

function ordered(view: View, a: CompiledRule, b: CompiledRule): boolean {
  const follows = (from: CompiledRule, to: string): boolean => {
    const { after } = from.spec;
    if (after === undefined) return false;
    const next = view.rules.find((rule) => rule.spec.id === after);
    return after === to || (next !== undefined && follows(next, to));
  };
  return follows(a, b.spec.id) || follows(b, a.spec.id);
}

// What may be written must be seen: else a writer could change what it cannot read back.
function checkWrites({ faults, view }: Check): void {
  for (const entry of [...view.spec.write, ...view.spec.create]) {
    if (entry.path === '*') continue;
    const first = /^[A-Za-z]+/.exec(entry.path)?.[0] ?? '';
    const { only } = view.state.child(first);
    if (only?.hidden) faults.add(view.spec.file, entry.pointer, `${first} is hidden, so it cannot be written`);
  }
}

// A history names the versions and times that `"meta": "hide"` keeps back.
function checkVersions({ faults, view }: Check): void {
  if (view.spec.meta === 'show') return;
  for (const interaction of ['vread', 'history-instance', 'history-type'] as const) {
    if (!view.spec.interactions.has(interaction)) continue;
    faults.add(view.spec.file, `${view.spec.pointer}/interactions`, `${interaction} tells what "meta": "hide" hides`);
  }
}

// CONTRACT.md "Parameters and views" 4: what a predicate reads counts as revealed.
function checkRevelations({ definitions, faults, view }: Check): void {
  const profile = definitions.profile(view.type);
  for (const rule of view.rules) {
    const [first] = rule.path.steps;
    const filtered = rule.path.steps.some((step) => step.kind === 'where');
    if (!filtered || rule.spec.reveals || first?.kind !== 'child') continue;
    if (profile.boxOf(first.element.name) !== 'restricted') continue;
    const element = lastElement(rule.path)?.path ?? first.element.path;
    faults.add(
      view.spec.file,
      rule.spec.pointer,
      `its predicate reads ${element}, which is restricted: say "reveals": true if that is meant`,
    );
  }
}
