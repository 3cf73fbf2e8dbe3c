/** Time, ids and randomness as ports, so that tests and two-worlds runs are deterministic. */

/** Milliseconds since 1970. */
export type Clock = () => number;

/** Makes a resource id that nobody has chosen (R4 datatypes.html#id). */
export type NewId = () => string;

export interface Logger {
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
