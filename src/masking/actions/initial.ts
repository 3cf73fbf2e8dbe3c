/** `initial`: the first letter of a text, without a mark that says how long it was. */
import { type ActionKind, onText } from './action.ts';

export const initial: ActionKind = {
  suits: ['string'],
  label: 'MASKED',
  make: () => onText((text) => [...text.trim()][0]),
};
