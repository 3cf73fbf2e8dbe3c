/** The configuration as a whole: every row parsed, every rule between rows checked, all faults at once. */
import { ConfigurationError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/loopback.ts';
import { type Setting, SettingFault } from './setting.ts';
import { SETTINGS, type SettingValues } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One trusted issuer and, where it is given, its key set. */
export interface IssuerSetting {
  readonly issuer: string;
  readonly jwksUri?: string;
}

export interface Config extends Omit<SettingValues, 'baseUrl' | 'audience' | 'issuers' | 'jwksUris' | 'corsOrigins'> {
  /** `demo`: the server is its own issuer. With `OIDC_ISSUER` the mode is `oidc`, whatever `--demo` says. */
  readonly mode: 'demo' | 'oidc';
  readonly baseUrl: string;
  readonly audience: string;
  readonly issuers: readonly IssuerSetting[];
  readonly corsOrigins: readonly string[];
}

export interface ConfigOptions {
  /** Whether `--demo` was given. */
  readonly demo: boolean;
  /** `offline`: a command that opens no port, for which the rules about the network do not matter. */
  readonly command?: 'serve' | 'offline';
}

/**
 * Reads and checks the environment. Throws `ConfigurationError` with every fault, each naming its variable.
 * With `PORT=0` the default `BASE_URL` names port 0: parse again with the port that was bound.
 */
export function parseConfig(env: Environment, options: ConfigOptions): Config {
  const faults: string[] = [];
  const values = readValues(env, faults);
  const base = values.baseUrl ?? `http://${bracketed(values.host)}:${values.port}/fhir`;
  const config: Config = {
    ...values,
    mode: values.issuers === undefined ? 'demo' : 'oidc',
    baseUrl: base,
    audience: values.audience ?? base,
    issuers: (values.issuers ?? []).map((issuer, at) => issuerSetting(issuer, values.jwksUris?.[at])),
    corsOrigins: values.corsOrigins ?? [],
  };
  // A variable that did not parse has its own fault; rules about it would only repeat that.
  const broken = new Set(faults.map((fault) => fault.slice(0, fault.indexOf(':'))));
  for (const [variables, fault] of brokenRules(config, values, env, options)) {
    if (!variables.some((variable) => broken.has(variable))) faults.push(`${variables[0]}: ${fault}`);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return config;
}

function readValues(env: Environment, faults: string[]): SettingValues {
  const read = <T>(setting: Setting<T>): T | undefined => {
    try {
      return parseSetting(setting, env[setting.variable]);
    } catch (error) {
      if (!(error instanceof SettingFault)) throw error;
      faults.push(`${setting.variable}: ${error.message}`);
      return undefined;
    }
  };
  const entries = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const value = read(setting);
    // A default keeps the later rules readable after a fault; the start fails all the same.
    const usable = value === undefined && setting.fallback !== undefined ? setting.parse(setting.fallback) : value;
    return [name, usable];
  });
  return asValues(Object.fromEntries(entries));
}

// Object.entries loses the row's own type; each value comes from the parser of the row of that name.
const asValues = (values: unknown): SettingValues => values as SettingValues;

function parseSetting<T>(setting: Setting<T>, given: string | undefined): T | undefined {
  if (given?.trim() === '') throw new SettingFault('is empty; give it a value or unset it');
  const text = given ?? setting.fallback;
  return text === undefined ? undefined : setting.parse(text);
}

const issuerSetting = (issuer: string, jwksUri: string | undefined): IssuerSetting => ({
  issuer,
  ...(jwksUri === undefined ? {} : { jwksUri }),
});

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** A rule that does not hold: the variables it reads, the one to blame first, and what to do. */
type BrokenRule = readonly [variables: readonly string[], fault: string];

function brokenRules(
  config: Config,
  values: SettingValues,
  env: Environment,
  options: ConfigOptions,
): readonly BrokenRule[] {
  const rules = [...identityRules(config, values), ...tlsRules(config)];
  if (config.workers > 1 && config.database.kind !== 'mongodb') {
    rules.push([['WORKERS', 'DATABASE_URL'], 'more than 1 needs MongoDB, since a SQLite file has one writer']);
  } else if (config.workers > 1) {
    rules.push([['WORKERS'], 'more than 1 is not offered yet: start several servers on one MongoDB database instead']);
  }
  if (options.command === 'offline') return rules;
  if (config.mode === 'oidc') return [...rules, ...networkRules(config)];
  if (options.demo) return [...rules, ...demoRules(config, env)];
  return [...rules, [['OIDC_ISSUER'], 'must name the trusted issuer; without one the server starts with --demo alone']];
}

function identityRules(config: Config, values: SettingValues): BrokenRule[] {
  const rules: BrokenRule[] = [];
  if (values.jwksUris !== undefined && values.jwksUris.length !== config.issuers.length) {
    rules.push([
      ['OIDC_JWKS_URI', 'OIDC_ISSUER'],
      'must name one key set for each issuer of OIDC_ISSUER, in its order',
    ]);
  }
  const anyOrigin = config.corsOrigins.includes('*');
  if (anyOrigin && config.mode !== 'demo') rules.push([['CORS_ORIGINS'], '* is allowed in demo mode only']);
  if (anyOrigin && config.corsOrigins.length > 1) rules.push([['CORS_ORIGINS'], '* stands alone']);
  return rules;
}

function tlsRules(config: Config): BrokenRule[] {
  const { tlsCertFile: cert, tlsKeyFile: key, tlsClientCaFile: clientCa } = config;
  const rules: BrokenRule[] = [];
  if (cert !== undefined && key === undefined) rules.push([['TLS_KEY_FILE'], 'must be given with TLS_CERT_FILE']);
  if (key !== undefined && cert === undefined) rules.push([['TLS_CERT_FILE'], 'must be given with TLS_KEY_FILE']);
  if (clientCa !== undefined && (cert === undefined || key === undefined)) {
    rules.push([['TLS_CLIENT_CA_FILE'], 'needs TLS_CERT_FILE and TLS_KEY_FILE']);
  }
  return rules;
}

// Plain HTTP must not be on the network by mistake.
function networkRules(config: Config): BrokenRule[] {
  const covered = config.tlsCertFile !== undefined || config.trustProxy !== undefined;
  if (isLoopbackHost(config.host) || covered) return [];
  return [
    [['HOST', 'TRUST_PROXY', 'TLS_CERT_FILE'], 'beyond loopback needs TLS_CERT_FILE and TLS_KEY_FILE, or TRUST_PROXY'],
  ];
}

// A forgotten variable behind a proxy must not hand out tokens to the world.
function demoRules(config: Config, env: Environment): BrokenRule[] {
  const rules: BrokenRule[] = [];
  if (env['NODE_ENV'] === 'production')
    rules.push([['NODE_ENV'], 'production refuses --demo; set OIDC_ISSUER instead']);
  if (config.trustProxy !== undefined) rules.push([['TRUST_PROXY'], 'must not be set in demo mode']);
  if (!isLoopbackHost(config.host)) rules.push([['HOST'], 'must be loopback in demo mode']);
  if (!isLoopbackHost(new URL(config.baseUrl).hostname)) {
    rules.push([['BASE_URL', 'HOST'], 'must be loopback in demo mode']);
  }
  return rules;
}
