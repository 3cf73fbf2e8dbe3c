/** Coarser dates: the same cut on a date, a dateTime or both ends of a Period. */
import { isObject } from '../../core/json.ts';
import { type Action, onText } from './action.ts';

/** An action that cuts the text of a date. */
export function onDates(cut: (text: string) => string | undefined): Action {
  const alter = onText(cut);
  return (node, context) => {
    if (node.type !== 'Period') return alter(node, context);
    if (!isObject(node.value)) return undefined;
    const start = alter({ value: node.value['start'], type: 'dateTime' }, context)?.value;
    const end = alter({ value: node.value['end'], type: 'dateTime' }, context)?.value;
    if (start === undefined && end === undefined) return undefined;
    return {
      value: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
      type: 'Period',
    };
  };
}
