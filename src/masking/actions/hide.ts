/** `hide`: the element is not there. */
import type { ActionKind } from './action.ts';

export const hide: ActionKind = { suits: 'any', label: 'REDACTED', make: () => () => undefined };
