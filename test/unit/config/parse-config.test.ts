/** Configuration: every variable of CONTRACT.md, every rule between them, all faults at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, type ConfigOptions, type Environment, parseConfig } from '../../../src/config/parse-config.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import type { HttpSettings } from '../../../src/http/http-parts.ts';

const DEMO: ConfigOptions = { demo: true };
const OIDC = { OIDC_ISSUER: 'https://id.example' };

const parse = (env: Environment, options: ConfigOptions = { demo: false }): Config => parseConfig(env, options);

/** The variables named by the faults, sorted. */
function faultsOf(env: Environment, options: ConfigOptions = { demo: false }): readonly string[] {
  try {
    parseConfig(env, options);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults.map((fault) => fault.split(':')[0] ?? '').sort();
  }
  return [];
}

test('config: demo mode needs no variable and has the defaults of the contract', () => {
  const config = parse({}, DEMO);
  assert.equal(config.mode, 'demo');
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 8080);
  assert.equal(config.baseUrl, 'http://127.0.0.1:8080/fhir');
  assert.equal(config.audience, config.baseUrl);
  assert.deepEqual(config.database, { kind: 'sqlite', path: 'data/veil.db' });
  assert.equal(config.roleClaim, 'roles');
  assert.equal(config.rateLimit, 1200);
  assert.equal(config.smartRequired, false);
  assert.equal(config.references, 'lenient');
  assert.equal(config.auditRetentionDays, 6 * 366);
  assert.deepEqual(config.corsOrigins, []);
  assert.equal(config.trustProxy, undefined);
  const edge: HttpSettings = config; // The edge takes it as it is.
  assert.equal(edge.logLevel, 'info');
});

test('config: neither --demo nor OIDC_ISSUER is refused, and with OIDC_ISSUER --demo has no effect', () => {
  assert.deepEqual(faultsOf({}), ['OIDC_ISSUER']);
  assert.equal(parse(OIDC).mode, 'oidc');
  assert.equal(parse({ ...OIDC, NODE_ENV: 'production' }, DEMO).mode, 'oidc');
});

test('config: a command that opens no port needs neither', () => {
  assert.equal(parse({ HOST: '0.0.0.0' }, { demo: false, command: 'offline' }).mode, 'demo');
});

test('config: all faults are reported at once, each naming its variable and none its value', () => {
  const env = {
    PORT: 'eighty',
    DATABASE_URL: 'postgres://u:hunter2@x/y',
    REFERENCES: 'loose',
    RATE_LIMIT: '',
    WORKERS: '0',
  };
  assert.deepEqual(faultsOf(env), ['DATABASE_URL', 'OIDC_ISSUER', 'PORT', 'RATE_LIMIT', 'REFERENCES', 'WORKERS']);
  assert.throws(
    () => parse(env),
    (error: Error) => !/hunter2|eighty/.test(error.message),
  );
});

test('config: demo mode refuses production, proxies and what is not loopback', () => {
  assert.deepEqual(faultsOf({ NODE_ENV: 'production' }, DEMO), ['NODE_ENV']);
  assert.deepEqual(faultsOf({ TRUST_PROXY: '1' }, DEMO), ['TRUST_PROXY']);
  assert.deepEqual(faultsOf({ HOST: '0.0.0.0', BASE_URL: 'http://localhost/fhir' }, DEMO), ['HOST']);
  assert.deepEqual(faultsOf({ BASE_URL: 'https://ehr.example/fhir' }, DEMO), ['BASE_URL']);
  for (const host of ['localhost', '127.0.0.9', '::1']) assert.deepEqual(faultsOf({ HOST: host }, DEMO), []);
});

test('config: outside demo mode a public address needs TLS or a proxy', () => {
  assert.deepEqual(faultsOf({ ...OIDC, HOST: '0.0.0.0' }), ['HOST']);
  assert.deepEqual(faultsOf({ ...OIDC, HOST: '0.0.0.0', TRUST_PROXY: 'loopback' }), []);
  assert.deepEqual(faultsOf({ ...OIDC, HOST: '0.0.0.0', TLS_CERT_FILE: 'c', TLS_KEY_FILE: 'k' }), []);
  assert.deepEqual(faultsOf({ ...OIDC, HOST: '0.0.0.0', TRUST_PROXY: 'false' }), ['HOST']);
});

test('config: TLS files come together', () => {
  assert.deepEqual(faultsOf({ ...OIDC, TLS_CERT_FILE: 'c' }), ['TLS_KEY_FILE']);
  assert.deepEqual(faultsOf({ ...OIDC, TLS_KEY_FILE: 'k' }), ['TLS_CERT_FILE']);
  assert.deepEqual(faultsOf({ ...OIDC, TLS_CLIENT_CA_FILE: 'a' }), ['TLS_CLIENT_CA_FILE']);
});

test('config: TRUST_PROXY names hops or networks, never everybody', () => {
  for (const value of ['true', '0.0.0.0/0', '::/0', 'anyone', '10.0.0.0/33', '10.0.0/8', '1,']) {
    assert.deepEqual(faultsOf({ ...OIDC, TRUST_PROXY: value }), ['TRUST_PROXY'], value);
  }
  assert.equal(parse({ ...OIDC, TRUST_PROXY: '2' }).trustProxy, 2);
  assert.deepEqual(parse({ ...OIDC, TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8' }).trustProxy, [
    'loopback',
    '10.0.0.0/8',
    'fd00::/8',
  ]);
});

test('config: issuers are https or loopback, kept to the letter, with a key set each or none', () => {
  const two = { OIDC_ISSUER: 'https://a.example/, http://127.0.0.1:9000/realm' };
  assert.deepEqual(parse(two).issuers, [{ issuer: 'https://a.example/' }, { issuer: 'http://127.0.0.1:9000/realm' }]);
  assert.deepEqual(faultsOf({ OIDC_ISSUER: 'http://id.example' }), ['OIDC_ISSUER']);
  assert.deepEqual(faultsOf({ OIDC_ISSUER: 'https://a.example,https://a.example' }), ['OIDC_ISSUER']);
  assert.deepEqual(faultsOf({ OIDC_ISSUER: 'https://a.example?x=1' }), ['OIDC_ISSUER']);
  assert.deepEqual(faultsOf({ ...two, OIDC_JWKS_URI: 'https://a.example/jwks' }), ['OIDC_JWKS_URI']);
  assert.equal(parse({ ...OIDC, OIDC_JWKS_URI: 'https://k.example/j' }).issuers[0]?.jwksUri, 'https://k.example/j');
});

test('config: more than one worker needs MongoDB', () => {
  assert.deepEqual(faultsOf({ ...OIDC, WORKERS: '2' }), ['WORKERS']);
  const mongo = { DATABASE_URL: 'mongodb://a,b:27017/veil?replicaSet=x' };
  assert.deepEqual(faultsOf({ ...OIDC, ...mongo }), []);
  assert.deepEqual(faultsOf({ ...OIDC, ...mongo, WORKERS: '2' }), ['WORKERS']);
  assert.deepEqual(faultsOf({ ...OIDC, DATABASE_URL: 'mongodb://a' }), ['DATABASE_URL']);
});

test('config: database URLs and secrets do not print', () => {
  const config = parse({ ...OIDC, DATABASE_URL: 'mongodb+srv://u:hunter2@h/veil', ALERT_WEBHOOK: 'https://h/hunter2' });
  assert.equal(config.database.kind, 'mongodb');
  assert.equal(config.database.kind === 'mongodb' && config.database.database, 'veil');
  assert.equal(config.alertWebhook?.reveal(), 'https://h/hunter2');
  assert.doesNotMatch(`${JSON.stringify(config)}${config.alertWebhook}`, /hunter2/);
  assert.deepEqual(parse({ ...OIDC, DATABASE_URL: 'sqlite::memory:' }).database, { kind: 'sqlite-memory' });
});

test('config: CORS origins are origins, and * is for demo mode', () => {
  assert.deepEqual(faultsOf({ ...OIDC, CORS_ORIGINS: '*' }), ['CORS_ORIGINS']);
  assert.deepEqual(parse({ CORS_ORIGINS: '*' }, DEMO).corsOrigins, ['*']);
  assert.deepEqual(faultsOf({ CORS_ORIGINS: '*,https://a.example' }, DEMO), ['CORS_ORIGINS']);
  for (const origin of ['https://a.example/', 'a.example', 'null']) {
    assert.deepEqual(faultsOf({ ...OIDC, CORS_ORIGINS: origin }), ['CORS_ORIGINS'], origin);
  }
  assert.deepEqual(parse({ ...OIDC, CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).corsOrigins.length, 2);
});

test('config: durations, flags and levels are read strictly', () => {
  assert.equal(parse({ ...OIDC, AUDIT_RETENTION: '90d' }).auditRetentionDays, 90);
  const wrong = {
    AUDIT_RETENTION: '6 years',
    SMART_REQUIRED: 'yes',
    LOG_LEVEL: 'loud',
    METRICS_PORT: '0',
    HOST: 'a b',
  };
  assert.deepEqual(faultsOf({ ...OIDC, ...wrong }), Object.keys(wrong).sort());
});

test('config: BASE_URL loses its trailing slash and takes no credentials', () => {
  assert.equal(parse({ ...OIDC, BASE_URL: 'https://ehr.example/fhir/' }).baseUrl, 'https://ehr.example/fhir');
  for (const url of ['ehr.example', 'ftp://x/fhir', 'https://u:p@x/fhir', 'https://x/fhir?a=1', 'https://x/fhir#a']) {
    assert.deepEqual(faultsOf({ ...OIDC, BASE_URL: url }), ['BASE_URL'], url);
  }
  assert.equal(parse({ HOST: '::1', PORT: '0' }, DEMO).baseUrl, 'http://[::1]:0/fhir');
});
