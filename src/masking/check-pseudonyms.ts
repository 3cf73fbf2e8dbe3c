/**
 * What a view with pseudonyms must not say beside them (CONTRACT.md "pseudonymised ids"): a plain id, a version, an
 * order of time or a narrower context would tell whom a pseudonym stands for.
 */
import type { Faults } from '../definitions/faults.ts';
import type { Definitions } from '../definitions/types.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

/** Interactions that name no version. */
const UNVERSIONED: ReadonlySet<string> = new Set(['read', 'search-type']);

/** Adds a fault for everything in a view of a role with pseudonyms that would undo them. */
export function checkPseudonyms(definitions: Definitions, faults: Faults, view: View): void {
  const { spec } = view;
  const refuse = (at: string, text: string): void => faults.add(spec.file, `${spec.pointer}${at}`, text);
  if (!view.pseudonymId) refuse('/rules', 'another view of this role has pseudonyms, so its ids need them too');
  if (spec.meta !== 'hide') refuse('/meta', 'versions and times would tell which resource a pseudonym is: say "hide"');
  if (spec.compartment || spec.where?.includes('%')) {
    refuse('', 'pseudonyms within one patient, or beside one who is named, stand for somebody known');
  }
  for (const interaction of spec.interactions) {
    if (!UNVERSIONED.has(interaction)) refuse('/interactions', `${interaction} would tell versions or plain ids`);
  }
  if (spec.show.some(({ path }) => path === '*')) refuse('/show', 'a view with pseudonyms lists what it shows');
  else if (showsReference(definitions, view.state, new Set())) {
    refuse('/show', 'shows a reference without a pseudonym');
  }
}

function showsReference(definitions: Definitions, state: ViewState, seen: ReadonlySet<string>): boolean {
  // A listed element shows the same at every depth of its type.
  const known = state.leaf === 'listed' && !state.ruled && seen.has(state.type);
  if (state.hidden || known) return false;
  if (state.type === 'Reference') return state.actions.every((action) => action.name !== 'pseudonym');
  if (state.actions.length > 0) return false;
  // What is shown with its extensions may hold a reference in one.
  if (state.leaf === 'all') return true;
  const below = state.leaf === 'listed' ? new Set([...seen, state.type]) : seen;
  return [...(definitions.type(state.type)?.properties.keys() ?? [])].some((property) => {
    const transition = state.child(property);
    // The most that an item may show: every listing holds, no filtered rule does.
    return showsReference(definitions, transition.only ?? transition.most(), below);
  });
}
