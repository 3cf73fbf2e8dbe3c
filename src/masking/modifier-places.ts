/** Places of a type where a modifierExtension could turn round what a view shows. */
import type { Definitions } from '../definitions/types.ts';
import type { ViewState } from './state.ts';
import type { View } from './view.ts';

/**
 * Paths below the type ('' for the resource itself, 'component', …) that a view shows in part or whole without their
 * modifierExtension: a resource that has one there is withheld (VIEWS.md).
 */
export function modifierPlaces(definitions: Definitions, view: View): readonly string[] {
  const places: string[] = [];
  const visit = (state: ViewState, path: string, depth: number): void => {
    const type = definitions.type(state.type);
    if (!type || state.whole || depth > 4) return;
    if (type.properties.has('modifierExtension') && isHidden(state)) places.push(path);
    for (const name of type.properties.keys()) {
      const transition = state.child(name);
      const next = transition.only ?? transition.stateFor(() => true);
      if (next.hidden || !couldHold(definitions, next.type)) continue;
      visit(next, path === '' ? name : `${path}.${name}`, depth + 1);
    }
  };
  visit(view.state, '', 0);
  return places;
}

// A view of `*` shows modifierExtension, whatever its rules alter.
const isHidden = (state: ViewState): boolean => state.child('modifierExtension').only?.hidden !== false;

const couldHold = (definitions: Definitions, type: string): boolean =>
  type !== '' && definitions.type(type)?.properties.has('modifierExtension') === true;
