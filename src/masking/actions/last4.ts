/** `last4`: the last four characters of a text, and never more than half of it. */
import { type ActionKind, onText } from './action.ts';

export const last4: ActionKind = {
  suits: ['string', 'id', 'uri', 'code'],
  label: 'MASKED',
  make: () =>
    onText((text) => {
      const characters = [...text];
      const keep = Math.min(4, Math.floor(characters.length / 2));
      return keep === 0 ? undefined : characters.slice(-keep).join('');
    }),
};
