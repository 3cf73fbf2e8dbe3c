/** Parsers for the settings that have a grammar of their own. */
import { isLoopbackHost } from '../core/loopback.ts';
import { type Secret, SettingFault, secret } from './setting.ts';

export type DatabaseUrl =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'sqlite-memory' }
  | { readonly kind: 'mongodb'; readonly url: Secret; readonly database: string };

/** `sqlite:PATH`, `sqlite::memory:`, or `mongodb://…` with a database name in the path. */
export function databaseUrl(text: string): DatabaseUrl {
  if (text === 'sqlite::memory:') return { kind: 'sqlite-memory' };
  const path = /^sqlite:([^:\s].*)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', path };
  // Not `new URL`: a MongoDB URL may name several hosts.
  const database = /^mongodb(?:\+srv)?:\/\/[^/?#\s]+\/([^/?#\s"$.]{1,63})(?:\?[^\s#]*)?$/.exec(text)?.[1];
  if (database !== undefined) return { kind: 'mongodb', url: secret(text), database };
  throw new SettingFault(
    'must be sqlite:PATH, sqlite::memory: or mongodb://HOST/DATABASE (or mongodb+srv) with the database name in the path',
  );
}

/** An absolute http(s) URL without credentials, query or fragment; a trailing slash is dropped. */
export function baseUrl(text: string): string {
  plainUrl(text, ['http:', 'https:']);
  return text.replace(/\/$/, '');
}

/** An https URL, or http on loopback; kept to the letter, since issuers compare as text (OpenID Discovery 4.3). */
export function providerUrl(text: string): string {
  const url = plainUrl(text, ['http:', 'https:']);
  if (url.protocol === 'https:' || isLoopbackHost(url.hostname)) return text;
  throw new SettingFault('must be an https URL (http on loopback alone)');
}

/** Where alerts go; the URL often holds a secret. */
export function webhookUrl(text: string): Secret {
  const url = parseUrl(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return secret(text);
  throw new SettingFault('must be an https URL (http on loopback alone)');
}

/** A browser origin as browsers send it, or `*`. */
export function corsOrigin(text: string): string {
  const url = parseUrl(text);
  const web = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (text === '*' || (web && url.origin === text)) return text;
  throw new SettingFault('must list origins such as https://app.example (no path, no trailing slash), or be *');
}

/** An address or host name to listen on. */
export function hostName(text: string): string {
  const valid = /^[A-Za-z0-9:.-]{1,253}$/.test(text);
  if (valid && URL.canParse(text.includes(':') ? `http://[${text}]` : `http://${text}`)) return text;
  throw new SettingFault('must be a host name or an IP address');
}

const DAYS = new Map([
  ['d', 1],
  ['w', 7],
  ['m', 31],
  ['y', 366],
]);

/** `6y`, `18m`, `52w` or `400d` as days, rounded up so that nothing goes early. */
export function retentionDays(text: string): number {
  const match = /^([1-9]\d{0,4})([dwmy])$/.exec(text);
  const days = DAYS.get(match?.[2] ?? '');
  if (match && days !== undefined) return Number(match[1]) * days;
  throw new SettingFault('must be a number of days, weeks, months or years, such as 6y or 90d');
}

/** The dotted path of a claim, or a claim's whole name. */
export function claimPath(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new SettingFault('must be the dotted path of a claim, such as realm_access.roles');
}

const parseUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

function plainUrl(text: string, protocols: readonly string[]): URL {
  const url = parseUrl(text);
  if (!url || !protocols.includes(url.protocol) || /\s/.test(text)) throw new SettingFault('must be an absolute URL');
  if (url.username || url.password) throw new SettingFault('must not hold credentials');
  if (url.search || url.hash || /[?#]/.test(text)) throw new SettingFault('must not have a query or a fragment');
  return url;
}
