/** Public keys of an issuer as tokens are checked with: RSA, P-256 and Ed25519 for signatures, nothing else. */
import { type CryptoKey, importJWK } from 'jose';
import { isObject, type Json, type JsonObject } from '../core/json.ts';

/** The algorithms of CONTRACT.md "Tokens"; never `none`, never HMAC. */
export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

/** Whether an `alg` is one that tokens may be signed with. */
export const isAlgorithm = (alg: unknown): alg is Algorithm =>
  alg === 'RS256' || alg === 'PS256' || alg === 'ES256' || alg === 'EdDSA';

/** One key of a key set. Object identity is the key's identity as long as it stays in the set unchanged. */
export interface VerificationKey {
  readonly kid?: string;
  /** Equal for equal public keys. */
  readonly identity: string;
  readonly algorithms: readonly Algorithm[];
  /** The key, ready for one of its algorithms. Rejects when the key is unsound. */
  for(algorithm: Algorithm): Promise<CryptoKey>;
}

const MAX_KEYS = 100;

// Members that make a public key, in a fixed order; private ones are never copied.
const PUBLIC_MEMBERS = ['kty', 'kid', 'alg', 'crv', 'x', 'y', 'n', 'e'];

/** The usable keys of a JWK Set (RFC 7517); undefined for what is no JWK Set. */
export function parseKeySet(document: unknown): readonly VerificationKey[] | undefined {
  const keys = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
  return keys.flatMap((key: Json) => (isObject(key) ? (parseKey(key) ?? []) : []));
}

function parseKey(jwk: JsonObject): VerificationKey | undefined {
  const algorithms = algorithmsOf(jwk);
  if (algorithms.length === 0 || !isForSignatures(jwk)) return undefined;
  const entries = PUBLIC_MEMBERS.flatMap((name): [string, string][] => {
    const value = jwk[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const imported = new Map<Algorithm, Promise<CryptoKey>>();
  return {
    ...(typeof jwk['kid'] === 'string' ? { kid: jwk['kid'] } : {}),
    identity: JSON.stringify(entries),
    algorithms,
    for(algorithm) {
      const key = imported.get(algorithm) ?? importPublic(Object.fromEntries(entries), algorithm);
      imported.set(algorithm, key);
      return key;
    },
  };
}

async function importPublic(jwk: Record<string, string>, algorithm: Algorithm): Promise<CryptoKey> {
  const { alg: _, kid: __, ...members } = jwk;
  const key = await importJWK(members, algorithm);
  if (key instanceof Uint8Array) throw new TypeError('a key set holds a secret key');
  return key;
}

// RFC 7517 4.2, 4.3.
function isForSignatures(jwk: JsonObject): boolean {
  const operations = jwk['key_ops'];
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

function algorithmsOf(jwk: JsonObject): readonly Algorithm[] {
  const possible = algorithmsOfType(jwk);
  const named = jwk['alg'] === 'Ed25519' ? 'EdDSA' : jwk['alg']; // RFC 9864 names the curve.
  return named === undefined ? possible : possible.filter((algorithm) => algorithm === named);
}

function algorithmsOfType({ kty, crv, n }: JsonObject): readonly Algorithm[] {
  // 2048 bits are 342 characters of base64url; RFC 7518 3.3 asks for no less.
  if (kty === 'RSA') return typeof n === 'string' && n.length >= 342 ? ['RS256', 'PS256'] : [];
  if (kty === 'EC') return crv === 'P-256' ? ['ES256'] : [];
  return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA'] : [];
}
