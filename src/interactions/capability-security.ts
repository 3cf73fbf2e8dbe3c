/** Where to sign in, as the CapabilityStatement tells it (SMART App Launch 1.0 `oauth-uris`, which clients still read). */
import { isArray, isObject, type JsonObject, member, type ResourceJson } from '../core/json.ts';

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** The members of a SMART configuration that stand in the extension, by the name that they have there. */
const URIS: readonly (readonly [url: string, name: string])[] = [
  ['authorize', 'authorization_endpoint'],
  ['token', 'token_endpoint'],
  ['register', 'registration_endpoint'],
  ['introspect', 'introspection_endpoint'],
  ['revoke', 'revocation_endpoint'],
];

/** The statement with the endpoints of a SMART configuration in `rest.security`; itself where there are none. */
export function withOAuthUris(statement: ResourceJson, configuration: JsonObject): ResourceJson {
  const extension = URIS.flatMap(([url, name]) => {
    const uri = member(configuration, name);
    return typeof uri === 'string' ? [{ url, valueUri: uri }] : [];
  });
  const rest = member(statement, 'rest');
  if (extension.length === 0 || !isArray(rest)) return statement;
  return {
    ...statement,
    rest: rest.map((mode) => {
      const security = isObject(mode) ? member(mode, 'security') : undefined;
      if (!isObject(mode) || !isObject(security)) return mode;
      return { ...mode, security: { extension: [{ url: OAUTH_URIS, extension }], ...security } };
    }),
  };
}
