/** The keys of trusted issuers: fetched, kept fresh, and forgotten when their issuer drops them. */
import type { Clock, Logger } from '../core/ports.ts';
import { discoverKeySetUrl } from './discover.ts';
import { fetchJson } from './fetch-json.ts';
import { type Algorithm, parseKeySet, type VerificationKey } from './verification-key.ts';

export interface KeyQuery {
  readonly algorithm: Algorithm;
  readonly kid?: string;
}

/** What the verifier asks of one issuer. */
export interface IssuerKeys {
  readonly issuer: string;
  /** Keys that may have signed a token; asks the issuer again for an unknown `kid`. Never rejects. */
  find(query: KeyQuery): Promise<readonly VerificationKey[]>;
  /** Whether a key is still in the set, as far as is known within the last minute. */
  holds(key: VerificationKey): boolean;
  /** Whether any key is known; asks the issuer when none is. Never rejects. */
  ready(): Promise<boolean>;
}

export interface KeySetOptions {
  readonly issuer: string;
  /** Else by discovery. */
  readonly jwksUri?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A removed key is honoured no longer than this while the provider answers. */
const FRESH_MS = 60_000;
/** From this age on a use of the set renews it in the background, so that nobody waits. */
const RENEW_MS = 30_000;
/** While the provider is down: how often it is asked, and how long its known keys are kept. */
const RETRY_MS = 10_000;
const GRACE_MS = 3_600_000;
/** Unknown key ids may ask the provider this often a minute (anyone can invent one). */
const FORCED_A_MINUTE = 10;
const MINUTE_MS = 60_000;
const DISCOVERY_MS = 3_600_000;

/** Keys of a remote issuer. Nothing is fetched before the first use, and a provider that is down stops nothing. */
export const createKeySet = (options: KeySetOptions): IssuerKeys => new RemoteKeySet(options);

/** Keys that never change: the demo issuer's own. */
export function createStaticKeySet(issuer: string, keys: readonly VerificationKey[]): IssuerKeys {
  return {
    issuer,
    find: async (query) => matching(keys, query),
    holds: (key) => keys.includes(key),
    ready: async () => true,
  };
}

class RemoteKeySet implements IssuerKeys {
  readonly issuer: string;
  readonly #options: KeySetOptions;
  #keys = new Map<string, VerificationKey>();
  #fetched = Number.NEGATIVE_INFINITY;
  #attempted = Number.NEGATIVE_INFINITY;
  #forced: number[] = [];
  #pending: Promise<void> | undefined;
  #found: { readonly url: string; readonly at: number } | undefined;

  constructor(options: KeySetOptions) {
    this.issuer = options.issuer;
    this.#options = options;
  }

  async find(query: KeyQuery): Promise<readonly VerificationKey[]> {
    if (this.#isUsable()) this.#renewEarly();
    else if (await this.#renewNow()) return this.#match(query);
    const known = this.#match(query);
    if (known.length > 0 || !this.#mayForce()) return known;
    await this.#renew();
    return this.#match(query);
  }

  holds(key: VerificationKey): boolean {
    if (!this.#isUsable()) return false;
    this.#renewEarly();
    return this.#keys.get(key.identity) === key;
  }

  async ready(): Promise<boolean> {
    if (this.#keys.size === 0) await this.#renewNow();
    return this.#keys.size > 0;
  }

  #match(query: KeyQuery): readonly VerificationKey[] {
    return this.#age() > GRACE_MS ? [] : matching([...this.#keys.values()], query);
  }

  #age(): number {
    return this.#options.clock() - this.#fetched;
  }

  #mayRetry(): boolean {
    return this.#options.clock() - this.#attempted >= RETRY_MS;
  }

  // Fresh, or the provider did not answer just now and its keys are within their grace.
  #isUsable(): boolean {
    const age = this.#age();
    return age <= FRESH_MS || (age <= GRACE_MS && !this.#mayRetry());
  }

  // Whether the issuer was asked; no, when it failed to answer a moment ago.
  async #renewNow(): Promise<boolean> {
    if (this.#pending === undefined && !this.#mayRetry()) return false;
    await this.#renew();
    return true;
  }

  #renewEarly(): void {
    if (this.#age() > RENEW_MS && this.#mayRetry()) void this.#renew();
  }

  #mayForce(): boolean {
    const now = this.#options.clock();
    this.#forced = this.#forced.filter((at) => now - at < MINUTE_MS);
    if (this.#forced.length >= FORCED_A_MINUTE) return false;
    this.#forced.push(now);
    return true;
  }

  #renew(): Promise<void> {
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<void> {
    const started = this.#options.clock();
    this.#attempted = started;
    try {
      const keys = parseKeySet(await fetchJson(await this.#url()));
      if (keys === undefined) throw new TypeError('not a JWK Set');
      // A key that stays keeps its object, so that tokens verified with it stay known.
      this.#keys = new Map(keys.map((key) => [key.identity, this.#keys.get(key.identity) ?? key]));
      this.#fetched = started;
    } catch (error) {
      this.#found = undefined; // The key set may have moved: discover again.
      if (this.#age() > GRACE_MS) this.#keys = new Map();
      this.#options.logger.warn('key set not available', { issuer: this.issuer, error });
    }
  }

  async #url(): Promise<string> {
    const now = this.#options.clock();
    if (this.#options.jwksUri !== undefined) return this.#options.jwksUri;
    if (this.#found && now - this.#found.at < DISCOVERY_MS) return this.#found.url;
    this.#found = { url: await discoverKeySetUrl(this.issuer), at: now };
    return this.#found.url;
  }
}

// A token with a `kid` is checked with that key alone. Without one, each key that fits is tried.
const matching = (keys: readonly VerificationKey[], { algorithm, kid }: KeyQuery): readonly VerificationKey[] =>
  keys.filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid)).slice(0, 8);
