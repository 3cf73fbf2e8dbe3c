/** What a view shows of an element, by its definition alone (CONTRACT.md "Parameters and views" rules 1 and 2). */
import type { Reach } from '../core/view-port.ts';
import type { Definitions } from '../definitions/types.ts';
import type { Transition, ViewState } from './state.ts';
import type { View } from './view.ts';

/**
 * Over which items of an element a parameter may be answered that reads it: `whole`, the item classes that the view
 * shows whole and unaltered, or none (undefined). `path` names elements, `['identifier', 'system']`; a choice by its
 * base name (all types) or its JSON property (one type). Where pseudonyms count as shown, a reference that a view shows
 * by pseudonym may be read: it is what is searched by.
 */
export function reachOf(
  view: View,
  definitions: Definitions,
  path: readonly string[],
  pseudonyms: 'shown' | 'altered' = 'altered',
): Reach | undefined {
  const [element, ...rest] = path;
  if (element === undefined) return undefined;
  const reaches = propertiesOf(definitions, view.type, element).map((property): Reach | undefined => {
    const transition = view.state.child(property);
    const least = transition.least();
    if (isOpen(least, definitions, rest)) return 'whole';
    if (pseudonyms === 'shown' && isPseudonym(least, definitions, rest)) return 'whole';
    return transition.only ? undefined : classesOf(transition, view, definitions, { element, rest });
  });
  return reaches.reduce(intersectReach, reaches.length === 0 ? undefined : 'whole');
}

/** What two reaches have in common; undefined where that is nothing. */
export function intersectReach(a: Reach | undefined, b: Reach | undefined): Reach | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === 'whole') return b;
  if (b === 'whole') return a;
  const both = a.filter((name) => b.includes(name));
  return both.length > 0 ? both : undefined;
}

function propertiesOf(definitions: Definitions, type: string, element: string): readonly string[] {
  const properties = definitions.type(type)?.properties;
  if (!properties) return [];
  if (properties.has(element)) return [element];
  return [...properties].filter(([, property]) => property.element.name === element).map(([name]) => name);
}

function classesOf(
  transition: Transition,
  view: View,
  definitions: Definitions,
  { element, rest }: { readonly element: string; readonly rest: readonly string[] },
): Reach | undefined {
  const classes = definitions.profile(view.type).itemClasses.get(element);
  if (!classes || transition.filters.some((filter) => filter.kind !== 'class')) return undefined;
  const names = [...classes.map((each) => each.name), 'other'].filter((name) =>
    isOpen(
      transition.stateFor((filter) => filter.kind === 'class' && filter.name === name),
      definitions,
      rest,
    ),
  );
  return names.length > 0 ? names : undefined;
}

// A pseudonym stands for what is named on this server, and such a reference says its type by itself
// (`fhirpath/reference-type.ts`), as the pseudonym does.
const TOLD_BY_PSEUDONYM: ReadonlySet<string> = new Set(['', 'reference', 'type']);

function isPseudonym(state: ViewState, definitions: Definitions, path: readonly string[]): boolean {
  if (state.hidden) return false;
  if (state.actions.length > 0) {
    const told = state.type === 'Reference' && TOLD_BY_PSEUDONYM.has(path.join('.'));
    return told && state.actions.every((action) => action.name === 'pseudonym');
  }
  const [element, ...rest] = path;
  const properties = element === undefined ? [] : propertiesOf(definitions, state.type, element);
  return (
    properties.length > 0 &&
    properties.every((property) => isPseudonym(state.child(property).least(), definitions, rest))
  );
}

function isOpen(state: ViewState, definitions: Definitions, path: readonly string[]): boolean {
  if (state.hidden || state.actions.length > 0) return false;
  const [element, ...rest] = path;
  if (element === undefined) return state.leaf !== undefined && !state.ruled;
  const properties = propertiesOf(definitions, state.type, element);
  return (
    properties.length > 0 &&
    properties.every((property) => {
      return isOpen(state.child(property).least(), definitions, rest);
    })
  );
}
