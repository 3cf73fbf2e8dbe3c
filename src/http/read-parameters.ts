/** Decodes a query string or a form body into its parameters, in their order. */
import { badRequest } from '../core/errors.ts';

export type Parameter = readonly [name: string, value: string];

const MAX_PARAMETERS = 500;

/** The parameters of `a=1&b=2`. Throws 400 for what does not decode. */
export function readParameters(text: string): readonly Parameter[] {
  if (text === '') return [];
  const pieces = text.split('&', MAX_PARAMETERS + 1).filter((piece) => piece !== '');
  if (pieces.length > MAX_PARAMETERS) throw badRequest(`A request may have ${MAX_PARAMETERS} parameters at most.`);
  return pieces.map(readParameter);
}

function readParameter(piece: string): Parameter {
  const at = piece.indexOf('=');
  const name = decodeForm(at < 0 ? piece : piece.slice(0, at));
  if (name === '') throw badRequest('A parameter has no name.');
  // RFC 6750 2.3 warns of tokens in URLs, which end up in logs and histories.
  if (name === 'access_token') throw badRequest('An access token belongs in the Authorization header alone.');
  return [name, decodeForm(at < 0 ? '' : piece.slice(at + 1))];
}

const decodeForm = (text: string): string => decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);

/** Decodes `%41`; throws 400 for a bad escape or bytes that are no UTF-8. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest('The URL or the form has a percent escape that does not decode as UTF-8.');
  }
}
