/** `veil policy matrix`: element by role, what each view shows and lets write, from the views that enforce it. */
import { Command, Option } from 'commander';
import { ConfigurationError } from '../core/errors.ts';
import { type MatrixRow, openPolicyReport } from '../policy-report.ts';
import { type CliContext, offlineConfig } from './context.ts';
import { csv, textTable } from './table.ts';

interface MatrixOptions {
  readonly type?: readonly string[];
  readonly role?: readonly string[];
  readonly format: 'table' | 'json' | 'csv';
  readonly json: boolean;
}

const LEGEND = [
  'whole: as stored; listed: without extensions, Reference.display and Reference.identifier; altered: by a rule;',
  'part: some of it, as the rows below or --json say; -: hidden. +u, +c: may be changed, set on create ((u), (c): in part).',
].join('\n');

/** The command. */
export const policyMatrixCommand = (context: CliContext): Command =>
  new Command('matrix')
    .description('Element by role: what each view shows and lets write')
    .option('--type <type...>', 'resource types; all unless given')
    .option('--role <role...>', 'roles; all unless given')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json', 'csv']).default('table'))
    .option('--json', 'the same as --format json', false)
    .action((options: MatrixOptions) => {
      const { profilesDir, baseUrl } = offlineConfig(context);
      const report = openPolicyReport(profilesDir, baseUrl);
      const roles = chosen('--role', options.role, report.roles);
      const types = chosen('--type', options.type, report.types);
      const rows = types.flatMap((type) => report.matrix(type)).filter((row) => roles.includes(row.role));
      const format = options.json ? 'json' : options.format;
      if (format === 'json') context.out(JSON.stringify(rows, undefined, 2));
      else if (format === 'csv') context.out(csv(longRows(rows)));
      else printTables(context, { rows, roles, types });
    });

/** The names that were given, each of which must exist; all where none was. */
export function chosen(
  option: string,
  given: readonly string[] | undefined,
  known: readonly string[],
): readonly string[] {
  const unknown = (given ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ConfigurationError([`${option}: ${unknown.join(', ')} is not one of ${known.join(', ')}`]);
  }
  return given ?? known;
}

const longRows = (rows: readonly MatrixRow[]): readonly (readonly string[])[] => [
  ['type', 'element', 'role', 'shown', 'because', 'update', 'create'],
  ...rows.map((row) => [row.type, row.path, row.role, row.shown, row.because, row.update, row.create]),
];

interface Tables {
  readonly rows: readonly MatrixRow[];
  readonly roles: readonly string[];
  readonly types: readonly string[];
}

function printTables(context: CliContext, { rows, roles, types }: Tables): void {
  context.say(LEGEND);
  for (const type of types) {
    const ofType = rows.filter((row) => row.type === type);
    const columns = roles.filter((role) => ofType.some((row) => row.role === role));
    if (columns.length > 0) context.out(`${textTable(tableOf(ofType, columns))}\n`);
  }
}

function tableOf(rows: readonly MatrixRow[], roles: readonly string[]): readonly (readonly string[])[] {
  const byPlace = new Map(rows.map((row) => [`${row.role} ${row.path}`, row]));
  return [['', ...roles], ...pathsOf(rows).map((path) => [path, ...roles.map((role) => cellOf(byPlace, role, path))])];
}

// R4's order, with the parts that only some views tell apart behind their element.
function pathsOf(rows: readonly MatrixRow[]): readonly string[] {
  const paths: string[] = [];
  for (const { path } of rows) {
    if (paths.includes(path)) continue;
    const parent = path.slice(0, path.lastIndexOf('.'));
    const family = paths.findLastIndex((known) => known === parent || known.startsWith(`${parent}.`));
    const isPart = parent.includes('.') && family >= 0;
    paths.splice(isPart ? family + 1 : paths.length, 0, path);
  }
  return paths;
}

// A view that tells no parts apart says of each what it says of the whole.
function cellOf(byPlace: ReadonlyMap<string, MatrixRow>, role: string, path: string): string {
  for (let at = path; at.includes('.'); at = at.slice(0, at.lastIndexOf('.'))) {
    const row = byPlace.get(`${role} ${at}`);
    if (row) return cellText(row);
  }
  return '-';
}

function cellText({ shown, because, update, create }: MatrixRow): string {
  const brief = because.length > 0 && because.length <= 40 ? ` (${because})` : '';
  const told = shown === 'hidden' ? '-' : `${shown}${brief}`;
  const writes = [mark('u', update), mark('c', create)].join('');
  return writes === '' ? told : `${told} +${writes}`;
}

const mark = (letter: string, writable: MatrixRow['update']): string =>
  writable === 'all' ? letter : writable === 'part' ? `(${letter})` : '';
