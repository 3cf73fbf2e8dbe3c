/** `mask`: the element is not there, and a marker says so whether or not it was ever there (see `markers.ts`). */
import type { ActionKind } from './action.ts';

export const mask: ActionKind = { suits: 'any', label: 'MASKED', make: () => () => undefined };
