/** A real OpenID provider (`oidc-provider`) on loopback: sign-in by code, signed assertions, keys that rotate, a plug to pull. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';

export interface OidcProvider {
  readonly issuer: string;
  /** The private key of the client `backend`, for its assertions. */
  readonly backendKey: JWK;
  /** Signs with a new key from now on; the old one leaves the key set. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
  /** On the same port again. */
  start(): Promise<void>;
}

export interface Account {
  readonly roles: readonly string[];
  readonly patient?: string;
}

export const REDIRECT_URI = 'http://127.0.0.1/back';
const SCOPES = 'patient/*.rs user/*.cruds system/*.cruds';

async function privateKey(alg: string, kid: string): Promise<JWK> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(pair.privateKey)), kid, alg, use: 'sig' };
}

const publicPart = ({ d: _, ...jwk }: JWK): JWK => jwk;

/** Starts a provider that grants access to `audience`; who signs in is named by `login_hint`. */
export async function startOidcProvider(
  audience: () => string,
  accounts: Readonly<Record<string, Account>>,
): Promise<OidcProvider> {
  let generation = 0;
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end();
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const made = createServer((request, response) => handler(request, response));
      made.listen(port, '127.0.0.1', () => resolve(made));
    });
  let server = await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const issuer = `http://127.0.0.1:${port}`;
  const backendKey = await privateKey('ES256', 'backend');
  const rotate = async (): Promise<void> => {
    const key = await privateKey('ES256', `k${++generation}`);
    const provider = new Provider(
      issuer,
      configuration({ key, backendKey: publicPart(backendKey), audience, accounts }),
    );
    handler = handlerOf(provider);
  };
  await rotate();
  return {
    issuer,
    backendKey,
    rotate,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    start: async () => {
      server = await listen(port);
    },
  };
}

/** What the provider's own middleware does, and a sign-in page that needs no person. */
function handlerOf(provider: Provider): (request: IncomingMessage, response: ServerResponse) => void {
  const callback = provider.callback();
  return (request, response) => {
    const work = request.url?.startsWith('/sign-in/')
      ? signIn(provider, request, response)
      : callback(request, response);
    work.catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  };
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = params['login_hint'] ?? '';
  const grant = new provider.Grant({ accountId, clientId: params['client_id'] ?? '' });
  grant.addOIDCScope('openid');
  grant.addResourceScope(params['resource'] ?? '', SCOPES);
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { login: { accountId, amr: ['mfa'] }, consent: { grantId } });
}

interface Parts {
  readonly key: JWK;
  readonly backendKey: JWK;
  audience(): string;
  readonly accounts: Readonly<Record<string, Account>>;
}

const configuration = ({ key, backendKey, audience, accounts }: Parts): object => ({
  jwks: { keys: [key] },
  cookies: { keys: ['only for tests'] },
  scopes: ['openid'],
  clients: [
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'backend',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [backendKey] },
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_: unknown, interaction: { uid: string }) => `/sign-in/${interaction.uid}` },
  extraTokenClaims: (_: unknown, token: { accountId?: string; clientId: string }) =>
    accounts[token.accountId ?? token.clientId],
  ttl: { AccessToken: 600, ClientCredentials: 600, Session: 600, Interaction: 600, Grant: 600, IdToken: 600 },
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience(),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPES,
        audience: audience(),
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
