/** Composition of `veil policy matrix` and `explain`: the views that enforce, without store, keyring or network. */
import { randomBytes } from 'node:crypto';
import { composeFilters, composeGuard } from './compose-pipeline.ts';
import { FhirError } from './core/errors.ts';
import type { ResourceJson } from './core/json.ts';
import type { Principal } from './core/principal.ts';
import { createKeyring } from './crypto/keyring.ts';
import { createSecrets } from './crypto/secrets.ts';
import { createClassifier } from './fhirpath/classify.ts';
import { loadRules } from './load-rules.ts';
import { createLens } from './masking/create-lens.ts';
import type { Finding } from './masking/explain.ts';
import { type ElementSurvey, surveyView } from './masking/survey.ts';
import type { View } from './masking/view.ts';
import { createAccess, lookerFor } from './pipeline/access.ts';
import { type ParameterReport, reportParameters } from './policy/parameter-report.ts';
import { rowParametersOf } from './policy/where.ts';
import { createIndexer } from './search/extract.ts';
import { createLabelTest } from './search/row-terms.ts';

/** One element of one role's view. */
export interface MatrixRow extends ElementSurvey {
  readonly type: string;
  readonly role: string;
}

/** A role's view of a type, in words. */
export interface ViewReport {
  readonly role: string;
  readonly type: string;
  readonly why: string;
  readonly interactions: readonly string[];
  /** What decides which rows are there. What these read counts as revealed (CONTRACT.md "Parameters and views" 4). */
  readonly rows: readonly string[];
  readonly rules: readonly { readonly id: string; readonly path: string; readonly do: string }[];
  readonly parameters: readonly ParameterReport[];
}

export interface ResourceReport {
  /** `outside`: not there for this caller. `hidden-by-label`: it would be, but for its labels. */
  readonly sight: 'seen' | 'hidden-by-label' | 'outside';
  readonly findings: readonly Finding[];
}

export interface Asker {
  readonly role: string;
  readonly patient?: string;
  readonly fhirUser?: string;
}

export interface PolicyReport {
  readonly roles: readonly string[];
  /** The types that are served, AuditEvent among them. */
  readonly types: readonly string[];
  matrix(type: string): readonly MatrixRow[];
  /** Undefined where the role has no view of the type. */
  view(role: string, type: string): ViewReport | undefined;
  /** Undefined where the role has no view of the type. */
  resource(asker: Asker, resource: ResourceJson): ResourceReport | undefined;
}

/** Compiles the profiles as a start does; throws `ConfigurationError` with every fault. */
export function openPolicyReport(profilesDir: string, baseUrl: string): PolicyReport {
  const { definitions, registry, policy, assign } = loadRules(profilesDir, { enforceDemands: false });
  // Keys of the moment: terms must be equal within this report alone.
  const secrets = createSecrets(createKeyring({ demo: true, random: randomBytes }));
  const { terms, pseudonyms } = secrets;
  const classify = createClassifier(definitions);
  const lens = createLens({
    definitions,
    terms,
    pseudonyms,
    baseUrl,
    clock: Date.now,
    classify,
    assign,
    isLabelled: createLabelTest(terms),
  });
  const accessParts = { policy, lens, filters: composeFilters({ definitions, registry, secrets }), terms, pseudonyms };
  const rowParameters = rowParametersOf(registry, policy);
  const indexOf = createIndexer({ registry, definitions, terms, classify, baseUrl, assign, rowParameters });
  const guard = composeGuard(definitions);
  const viewOf = (role: string, type: string): View | undefined => policy.roles.get(role)?.views.get(type);
  return {
    roles: [...policy.roles.keys()].sort(),
    types: definitions.servedTypes,
    matrix: (type) =>
      [...policy.roles.keys()].sort().flatMap((role) => {
        const view = viewOf(role, type);
        return view ? surveyView(definitions, view).map((row) => ({ type, role, ...row })) : [];
      }),
    view: (role, type) => {
      const view = viewOf(role, type);
      const why = policy.roles.get(role)?.file.why ?? '';
      return view && { ...viewReport(view, why), parameters: reportParameters(guard, registry, view) };
    },
    resource: (asker, resource) => {
      const type = resource.resourceType;
      const principal = principalOf(asker);
      try {
        const access = createAccess(accessParts, principal, { type, interaction: 'read' });
        const rowTerms = new Set(indexOf(resource).rowTerms);
        const findings = lens.explain(resource, lookerFor(accessParts, principal, type, 'read'));
        return { sight: access.sight(rowTerms), findings };
      } catch (error) {
        if (error instanceof FhirError && error.status === 403) return undefined;
        throw error;
      }
    },
  };
}

function viewReport({ spec, ...view }: View, why: string): Omit<ViewReport, 'parameters'> {
  const { clearance } = spec;
  const labels = clearance.labels.join(', ');
  return {
    role: view.role,
    type: view.type,
    why,
    interactions: [...spec.interactions],
    rows: [
      ...(spec.compartment ? ["only the compartment of the token's patient"] : []),
      ...(spec.where === undefined ? [] : [`only where ${spec.where}`]),
      clearance.kind === 'only'
        ? `clearance: ${labels === '' ? 'none' : labels}`
        : `clearance: all${labels === '' ? '' : ` but ${labels}`}`,
    ],
    rules: spec.rules.map((rule) => ({ id: rule.id, path: rule.path, do: rule.do })),
  };
}

function principalOf({ role, patient, fhirUser }: Asker): Principal {
  return {
    issuer: 'cli',
    sub: 'explain',
    subject: 'explain',
    roles: [role],
    amr: [],
    tokenId: 'explain',
    purposeOfUse: [],
    expires: Number.MAX_SAFE_INTEGER,
    ...(patient === undefined ? {} : { patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  };
}
