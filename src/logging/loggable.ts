/** Reduces what is logged to what may be logged: no stored value, no token, no query, bounded in size. */
import { ConfigurationError, DamagedRecordError, FhirError } from '../core/errors.ts';

/** Fields that are never written, whatever they hold. */
const SECRET_FIELDS = new Set([
  'authorization',
  'token',
  'access_token',
  'id_token',
  'refresh_token',
  'cookie',
  'password',
  'secret',
  'key',
  'body',
  'query',
  'parameters',
]);
const MAX_TEXT = 1000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;
const MAX_FRAMES = 12;

/** A value as it may stand in a log line. */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return loggableError(value, depth);
  if (depth >= MAX_DEPTH) return '[deep]';
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => loggable(item, depth + 1));
  return loggableFields(value, depth);
}

function loggableFields(fields: object, depth: number): unknown {
  if ('toJSON' in fields && typeof fields.toJSON === 'function') return loggable(fields.toJSON(), depth + 1);
  const entries = Object.entries(fields).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      SECRET_FIELDS.has(name.toLowerCase()) ? '[secret]' : loggable(value, depth + 1),
    ]),
  );
}

// An error of a library may quote what it was given (JSON.parse does), so only our own messages are written.
function loggableError(error: Error, depth: number): unknown {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const { cause } = error;
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    ...(isOurs(error) ? { message: error.message } : {}),
    stack: frames(error.stack),
    ...(cause === undefined || depth >= MAX_DEPTH ? {} : { cause: loggable(cause, depth + 1) }),
  };
}

const isOurs = (error: Error): boolean =>
  error instanceof FhirError || error instanceof DamagedRecordError || error instanceof ConfigurationError;

// The head of a stack repeats the message; only the frames are kept.
const frames = (stack: string | undefined): readonly string[] =>
  (stack ?? '')
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim().slice(0, MAX_TEXT));
