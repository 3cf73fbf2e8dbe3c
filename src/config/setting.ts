/** What a setting is, and the parsers that several settings share. */

/** Why a value is refused; the text never repeats the value, which may be a secret. */
export class SettingFault extends Error {
  override name = 'SettingFault';
}

/** One environment variable; without `fallback` it may be left out. */
export interface Setting<T> {
  readonly variable: string;
  readonly fallback?: string;
  readonly doc: string;
  /** Throws `SettingFault`. */
  parse(text: string): T;
}

/** A value that prints as `[secret]` wherever it is printed; `reveal` gives it. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

/** Keeps a text out of logs and error messages. */
export function secret(text: string): Secret {
  const hidden = (): string => '[secret]';
  return { reveal: () => text, toString: hidden, toJSON: hidden };
}

/** A whole number within bounds. */
export const integer =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new SettingFault(`must be a whole number from ${least} to ${most}`);
  };

/** `true` or `false`, nothing else. */
export function flag(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new SettingFault('must be true or false');
}

/** One of a few words. */
export const oneOf =
  <const T extends string>(words: readonly T[]) =>
  (text: string): T => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    throw new SettingFault(`must be one of ${words.join(', ')}`);
  };

/** A text without white space around it. */
export function plainText(text: string): string {
  if (text.trim() === text) return text;
  throw new SettingFault('must not begin or end with white space');
}

/** Comma-separated items, each parsed, none empty, none twice. */
export const list =
  <T>(parse: (item: string) => T) =>
  (text: string): readonly T[] => {
    const items = text.split(',').map((item) => item.trim());
    if (items.includes('')) throw new SettingFault('holds an empty item');
    if (new Set(items).size < items.length) throw new SettingFault('names something twice');
    return items.map(parse);
  };
