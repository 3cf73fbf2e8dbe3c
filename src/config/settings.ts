/** Every environment variable that Veil reads, one row each (CONTRACT.md "Configuration"). */
import { flag, integer, list, oneOf, plainText, type Setting } from './setting.ts';
import { trustProxy } from './trust-proxy.ts';
import {
  baseUrl,
  claimPath,
  corsOrigin,
  databaseUrl,
  hostName,
  providerUrl,
  retentionDays,
  webhookUrl,
} from './values.ts';

const row = <T>(variable: string, doc: string, parse: (text: string) => T): Setting<T> => ({ variable, doc, parse });
const rowWith = <T>(variable: string, fallback: string, doc: string, parse: (text: string) => T) =>
  ({ variable, fallback, doc, parse }) satisfies Setting<T>;

/** winston's npm levels. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'] as const;

/** The table; rows made with `rowWith` always have a value. */
export const SETTINGS = {
  host: rowWith('HOST', '127.0.0.1', 'Address to listen on', hostName),
  port: rowWith('PORT', '8080', 'Port to listen on; 0 picks a free one and logs it', integer(0, 65535)),
  baseUrl: row('BASE_URL', 'Public FHIR base, used in every link; by default http://HOST:PORT/fhir', baseUrl),
  database: rowWith('DATABASE_URL', 'sqlite:data/veil.db', 'Where records are kept', databaseUrl),
  issuers: row('OIDC_ISSUER', 'Trusted issuers, comma-separated', list(providerUrl)),
  jwksUris: row('OIDC_JWKS_URI', 'Key set URLs in the order of the issuers; else discovery', list(providerUrl)),
  audience: row('OIDC_AUDIENCE', 'Required aud; by default BASE_URL', plainText),
  roleClaim: rowWith('ROLE_CLAIM', 'roles', 'Dotted path of the claim with role names', claimPath),
  keyringFile: rowWith('KEYRING_FILE', 'data/keyring.json', 'Root keys', plainText),
  profilesDir: rowWith('PROFILES_DIR', 'profiles', 'Role views and element classes', plainText),
  rateLimit: rowWith('RATE_LIMIT', '1200', 'Requests a minute for one subject; 0 = all off', integer(0, 10_000_000)),
  corsOrigins: row('CORS_ORIGINS', 'Browser origins that may call the FHIR endpoints', list(corsOrigin)),
  smartRequired: rowWith('SMART_REQUIRED', 'false', 'Refuse tokens without a scope claim', flag),
  references: rowWith('REFERENCES', 'lenient', 'strict: references must resolve', oneOf(['lenient', 'strict'])),
  auditRetentionDays: rowWith('AUDIT_RETENTION', '6y', 'How long audit records are kept', retentionDays),
  tlsCertFile: row('TLS_CERT_FILE', 'Certificate chain, PEM', plainText),
  tlsKeyFile: row('TLS_KEY_FILE', 'Private key, PEM', plainText),
  tlsClientCaFile: row('TLS_CLIENT_CA_FILE', 'Authorities of client certificates, PEM', plainText),
  trustProxy: row('TRUST_PROXY', "Express's trust proxy: hops or networks", trustProxy),
  workers: rowWith('WORKERS', '1', 'Processes sharing the port; more than one needs MongoDB', integer(1, 64)),
  logLevel: rowWith('LOG_LEVEL', 'info', 'winston level', oneOf(LOG_LEVELS)),
  metricsPort: row('METRICS_PORT', 'Prometheus metrics on 127.0.0.1', integer(1, 65535)),
  alertWebhook: row('ALERT_WEBHOOK', 'Where security alerts are posted', webhookUrl),
};

type Rows = typeof SETTINGS;
type ValueOf<R> = R extends { fallback: string; parse(text: string): infer T }
  ? T
  : R extends { parse(text: string): infer T }
    ? T | undefined
    : never;

/** What the variables say, each by itself; undefined where one without a default is not set. */
export type SettingValues = { readonly [Name in keyof Rows]: ValueOf<Rows[Name]> };
