/** All parameter types: a new one is one file and one row here. */
import type { ParameterKind } from '../query.ts';
import { composite } from './composite.ts';
import { date } from './date.ts';
import { id } from './id.ts';
import { number } from './number.ts';
import type { ParameterType } from './parameter-type.ts';
import { quantity } from './quantity.ts';
import { reference } from './reference.ts';
import { string } from './string.ts';
import { text } from './text.ts';
import { token } from './token.ts';
import { uri } from './uri.ts';

/** Undefined: not offered, so that its parameters count as unknown. */
const PARAMETER_TYPES: Readonly<Record<ParameterKind, ParameterType | undefined>> = {
  token,
  string,
  reference,
  date,
  uri,
  id,
  number,
  quantity,
  composite,
  text,
  special: undefined,
};

/** The type behind a kind of parameter; undefined for a kind that is not offered. */
export const offeredType = (kind: ParameterKind): ParameterType | undefined => PARAMETER_TYPES[kind];

/** The type of a parameter that the registry holds, which holds offered ones alone. */
export function parameterType(kind: ParameterKind): ParameterType {
  const type = PARAMETER_TYPES[kind];
  if (!type) throw new Error(`parameters of type ${kind} are not offered`);
  return type;
}
