/** An issuer whose every document a test writes, so that it can be broken or hostile; the real one is `oidc-provider.ts`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A new key pair. */
export async function makeKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A token with exactly these claims. */
export const signToken = (key: SigningKey, claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }).sign(key.privateKey);

export interface Provider {
  readonly issuer: string;
  /** Documents by path; a function answers for itself. */
  readonly documents: Map<string, unknown>;
  /** How often each path was asked for. */
  readonly hits: Map<string, number>;
  publish(...keys: readonly SigningKey[]): void;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const isHandler = (document: unknown): document is Handler => typeof document === 'function';

/** Starts a provider on a free port. `path` is part of the issuer, such as `/realm`. */
export async function startProvider(path = ''): Promise<Provider> {
  const documents = new Map<string, unknown>();
  const hits = new Map<string, number>();
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    hits.set(url, (hits.get(url) ?? 0) + 1);
    const document = documents.get(url);
    if (isHandler(document)) document(request, response);
    else response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const issuer = `${origin}${path}`;
  documents.set(`${path}/.well-known/openid-configuration`, { issuer, jwks_uri: `${origin}/jwks` });
  return {
    issuer,
    documents,
    hits,
    publish: (...keys) => documents.set('/jwks', { keys: keys.map((key) => key.publicJwk) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
