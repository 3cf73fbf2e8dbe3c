/** `month`: a date, dateTime or Period keeps year and month. */
import type { ActionKind } from './action.ts';
import { onDates } from './on-dates.ts';

export const month: ActionKind = {
  suits: ['date', 'dateTime', 'Period'],
  label: 'ANONYED',
  make: () => onDates((text) => (/^\d{4}/.test(text) ? text.slice(0, 7) : undefined)),
};
