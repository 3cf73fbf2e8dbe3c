/** `zip3`: the first three digits of a ZIP code, as 45 CFR 164.514(b)(2)(i)(B) allows. */
import { type ActionKind, onText } from './action.ts';

// Areas of 20,000 people or fewer (VIEWS.md, 2020 census tabulation areas).
const SMALL_AREAS: ReadonlySet<string> = new Set(
  '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893'.split(' '),
);
const ZIP = /^\d{5}(?:-?\d{4})?$/;

export const zip3: ActionKind = {
  suits: ['string'],
  label: 'ANONYED',
  make: () =>
    onText((text) => {
      const area = text.slice(0, 3);
      return ZIP.test(text) && !SMALL_AREAS.has(area) ? area : '000';
    }),
};
