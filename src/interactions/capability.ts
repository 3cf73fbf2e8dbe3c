/** The CapabilityStatement, made of the registries: what it says is what is served (R4 capabilitystatement.html). */
import type { JsonObject, ResourceJson } from '../core/json.ts';
import type { Definitions } from '../definitions/types.ts';
import type { SearchRegistry } from '../search/parameters.ts';
import { OFFERED } from './registry.ts';

export interface CapabilityParts {
  readonly definitions: Definitions;
  readonly registry: SearchRegistry;
  readonly baseUrl: string;
  /** ISO date of the release. */
  readonly date: string;
  readonly version: string;
  /** Types that a caller with every row may write under an id of its own. */
  readonly updateCreate: ReadonlySet<string>;
  readonly auditParameters: readonly { readonly code: string; readonly type: string }[];
}

/** The statement of one server. */
export function capabilityStatement(parts: CapabilityParts): ResourceJson {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: parts.date,
    kind: 'instance',
    software: { name: 'Veil', version: parts.version },
    implementation: { description: 'Veil, a FHIR server with field-level access control', url: parts.baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
          description: 'OAuth 2.0 bearer tokens; what is shown depends on roles and SMART scopes.',
        },
        resource: parts.definitions.servedTypes.map((type) => resourceOf(parts, type)),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
      },
    ],
  };
}

function resourceOf(parts: CapabilityParts, type: string): JsonObject {
  const audit = type === 'AuditEvent';
  const interactions = audit ? ['read', 'search-type'] : [...OFFERED];
  const searchParam = audit
    ? parts.auditParameters.map(({ code, type: kind }) => ({ name: code, type: kind }))
    : parts.registry.supported(type).map(({ code, definition }) => ({
        name: code,
        definition: definition.url,
        type: definition.type,
        documentation: definition.documentation,
      }));
  return {
    type,
    interaction: interactions.map((code) => ({ code })),
    versioning: audit ? 'no-version' : 'versioned',
    readHistory: !audit,
    updateCreate: parts.updateCreate.has(type),
    conditionalCreate: !audit,
    conditionalRead: audit ? 'not-supported' : 'full-support',
    conditionalUpdate: !audit,
    conditionalDelete: audit ? 'not-supported' : 'single',
    ...(searchParam.length > 0 ? { searchParam } : {}),
  };
}
