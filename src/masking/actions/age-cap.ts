/** `age-cap`: for a person over 89, dates that tell the age are masked (45 CFR 164.514(b)(2)(i)(C)). */

import { maskedPrimitive } from '../markers.ts';
import type { ActionKind } from './action.ts';

export const ageCap: ActionKind = {
  suits: ['date', 'dateTime'],
  label: 'ANONYED',
  make: () => (node, context) => (context.over89() ? maskedPrimitive(node.type) : node),
};
