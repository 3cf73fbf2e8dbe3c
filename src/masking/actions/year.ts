/** `year`: a date, dateTime or Period keeps its year (45 CFR 164.514(b)(2)(i)(C)). */
import type { ActionKind } from './action.ts';
import { onDates } from './on-dates.ts';

export const year: ActionKind = {
  suits: ['date', 'dateTime', 'Period'],
  label: 'ANONYED',
  make: () => onDates((text) => (/^\d{4}/.test(text) ? text.slice(0, 4) : undefined)),
};
