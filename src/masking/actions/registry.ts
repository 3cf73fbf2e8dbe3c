/** The actions, one row each; a new one is a file and a row. */
import type { ActionName } from '../../definitions/role-file.ts';
import type { ActionKind } from './action.ts';
import { ageCap } from './age-cap.ts';
import { hide } from './hide.ts';
import { initial } from './initial.ts';
import { last4 } from './last4.ts';
import { mask } from './mask.ts';
import { month } from './month.ts';
import { pseudonym } from './pseudonym.ts';
import { replace } from './replace.ts';
import { year } from './year.ts';
import { zip3 } from './zip3.ts';

export const ACTIONS: Readonly<Record<ActionName, ActionKind>> = {
  hide,
  mask,
  year,
  month,
  zip3,
  last4,
  initial,
  'age-cap': ageCap,
  pseudonym,
  replace,
};
