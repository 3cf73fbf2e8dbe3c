/** `veil policy explain`: for a role and a type or a resource, what is hidden or altered, by what, and why. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigurationError } from '../core/errors.ts';
import { isObject, type Json, type ResourceJson } from '../core/json.ts';
import { parseJson } from '../core/parse-json.ts';
import {
  type Asker,
  openPolicyReport,
  type PolicyReport,
  type ResourceReport,
  type ViewReport,
} from '../policy-report.ts';
import { type CliContext, offlineConfig } from './context.ts';
import { chosen } from './policy-matrix.ts';
import { textTable } from './table.ts';

interface ExplainOptions {
  readonly role: string;
  readonly patient?: string;
  readonly user?: string;
  readonly json: boolean;
}

/** The command. Exits 1 where the role has no view of the type, or the resource is out of its sight. */
export const policyExplainCommand = (context: CliContext): Command =>
  new Command('explain')
    .description('What a role sees of a type or of a resource, and why')
    .argument('<what>', 'a resource type, or the file of a resource as JSON')
    .requiredOption('--role <role>', 'the role')
    .option('--patient <id>', 'the patient in context')
    .option('--user <reference>', 'fhirUser, such as Practitioner/7')
    .option('--json', 'print JSON', false)
    .action((what: string, options: ExplainOptions) => {
      const { profilesDir, baseUrl } = offlineConfig(context);
      const report = openPolicyReport(profilesDir, baseUrl);
      chosen('--role', [options.role], report.roles);
      const resource = report.types.includes(what) ? undefined : readResource(what, report.types);
      const explained = explain(report, options, resource ?? what);
      if (!explained.view || explained.resource?.sight === 'outside') context.fail();
      if (options.json) context.out(JSON.stringify(explained, undefined, 2));
      else context.out(tell(explained, options.role, resource?.resourceType ?? what));
    });

function readResource(path: string, types: readonly string[]): ResourceJson {
  const parsed = parse(path);
  const type = isObject(parsed) ? parsed['resourceType'] : undefined;
  if (!isObject(parsed) || typeof type !== 'string' || !types.includes(type)) {
    throw new ConfigurationError([`${path}: holds no resource of a type that is served (${types.join(', ')})`]);
  }
  return { ...parsed, resourceType: type };
}

function parse(path: string): Json | undefined {
  const parsed = parseJson(readText(path));
  return parsed.ok ? parsed.value : undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new ConfigurationError([`${path}: neither a resource type nor a file that can be read (${reason})`]);
  }
}

interface Explained {
  readonly view?: ViewReport;
  readonly resource?: ResourceReport;
}

function explain(report: PolicyReport, options: ExplainOptions, what: string | ResourceJson): Explained {
  const type = typeof what === 'string' ? what : what.resourceType;
  const view = report.view(options.role, type);
  const asker: Asker = {
    role: options.role,
    ...(options.patient === undefined ? {} : { patient: options.patient }),
    ...(options.user === undefined ? {} : { fhirUser: options.user }),
  };
  const resource = typeof what === 'string' ? undefined : report.resource(asker, what);
  return { ...(view ? { view } : {}), ...(resource ? { resource } : {}) };
}

function tell({ view, resource }: Explained, role: string, type: string): string {
  if (!view) return `${role} has no view of ${type}: every interaction is 403.`;
  return [`${role} on ${type}: ${view.why}`, ...tellView(view), ...(resource ? tellResource(resource) : [])].join('\n');
}

const tellView = ({ interactions, rows, rules, parameters }: ViewReport): readonly string[] => [
  `May: ${interactions.join(', ')}`,
  `Rows (what these read counts as revealed): ${rows.join('; ')}`,
  ...(rules.length > 0 ? ['', textTable([['rule', 'does', 'on'], ...rules.map((r) => [r.id, r.do, r.path])])] : []),
  '',
  textTable([
    ['parameter', 'answered', 'reads what is hidden or altered'],
    ...parameters.map(({ parameter, answered, closed }) => [
      parameter,
      answered === 'none' ? 'refused (403)' : answered === 'all' ? 'yes' : `over ${answered.join(', ')}`,
      closed.join(', '),
    ]),
  ]),
];

function tellResource({ sight, findings }: ResourceReport): readonly string[] {
  const seen = {
    seen: 'This resource is in sight.',
    'hidden-by-label': 'This resource is out of sight by its labels: 404.',
    outside: 'This resource is out of sight by the row filter: 404.',
  }[sight];
  const rows = findings.map(({ path, effect, because }) => [path, effect, because]);
  return [
    '',
    seen,
    rows.length > 0 ? textTable([['element', 'is', 'because'], ...rows]) : 'Nothing of it is hidden or altered.',
  ];
}
