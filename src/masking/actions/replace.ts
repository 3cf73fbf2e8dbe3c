/** `replace`: every value becomes the one that the rule names. */
import type { ActionKind } from './action.ts';

export const replace: ActionKind = {
  suits: 'any',
  label: 'MASKED',
  make: (options) => (node) => ({ value: options.with, type: node.type }),
};
