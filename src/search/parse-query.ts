/** Reads a search's parameters into a query: everything wrong is a 400 that names the parameter. */
import { badRequest, FhirError, notSupported } from '../core/errors.ts';
import { resultTypes } from '../fhirpath/search-expression.ts';
import { isControl, type Parameter, readControls } from './control-parameters.ts';
import { splitUnescaped } from './escapes.ts';
import type { SearchRegistry } from './parameters.ts';
import type { ParameterType, ParseContext } from './params/parameter-type.ts';
import { parameterType } from './params/registry.ts';
import { hasText } from './params/token.ts';
import { isLink, type LinkContext, parseLink } from './parse-link.ts';
import type { Criterion, Link, Modifier, ParamValue, SearchParameter, SearchQuery } from './query.ts';
import { parseSort } from './sort.ts';
import { readSubsets } from './subset.ts';

export interface QueryText {
  readonly type: string;
  /** In their order, decoded. */
  readonly parameters: readonly Parameter[];
  /** An unknown parameter is a 400 and not left out: `Prefer: handling=strict`, conditional criteria. */
  readonly strict: boolean;
  readonly baseUrl: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From the cursor. */
  readonly after?: SearchQuery['after'];
}

const MAX_CRITERIA = 50;
const MAX_VALUES = 200;
const MAX_TEXT = 8192;

/** Parses a query; throws `FhirError` 400. */
export function parseQuery(registry: SearchRegistry, query: QueryText): SearchQuery {
  checkSize(query.parameters);
  const [control, others] = partition(query.parameters, ([name]) => isControl(codeOf(name)));
  const { self, sort, ...controls } = readControls(control);
  const unknown = new Set<string>();
  const understood: Parameter[] = [];
  const criteria: Criterion[] = [];
  const links: Link[] = [];
  const linkContext: LinkContext = {
    registry,
    plain: (type, name, value) => parseCriterion(registry, { ...query, type }, name, value),
  };
  for (const [name, value] of others) {
    if (isLink(name)) {
      links.push(parseLink(linkContext, query.type, name, value));
      understood.push([name, value]);
      continue;
    }
    const criterion = parseCriterion(registry, query, name, value);
    if (criterion) {
      criteria.push(criterion);
      understood.push([name, value]);
    } else {
      unknown.add(name);
    }
  }
  if (query.strict) refuseUnknown(unknown);
  return {
    type: query.type,
    criteria,
    links,
    ...controls,
    sort: sort === undefined ? [] : parseSort(registry, query.type, sort),
    subsets: readSubsets(registry.elements(query.type), control, 'search'),
    ignored: [...unknown],
    self: [...understood, ...self],
    ...(query.after === undefined ? {} : { after: query.after }),
  };
}

function checkSize(parameters: readonly Parameter[]): void {
  const size = parameters.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  const isTooLong = size > MAX_TEXT || parameters.length > MAX_CRITERIA;
  if (!isTooLong) return;
  const diagnostics = `A query takes ${MAX_CRITERIA} parameters and ${MAX_TEXT} bytes at most.`;
  throw new FhirError(400, [{ severity: 'error', code: 'too-long', diagnostics }]);
}

/** Throws 400 that names each of them. */
export function refuseUnknown(unknown: ReadonlySet<string>): void {
  if (unknown.size === 0) return;
  const issues = [...unknown].map((name) => ({
    severity: 'error' as const,
    code: 'not-supported' as const,
    diagnostics: `The parameter '${shown(name)}' is unknown or not supported.`,
  }));
  throw new FhirError(400, issues);
}

const shown = (name: string): string => name.slice(0, 64);
const codeOf = (name: string): string => name.split(':', 1)[0] ?? name;

function partition<T>(all: readonly T[], test: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

// Undefined for a parameter that is unknown.
function parseCriterion(
  registry: SearchRegistry,
  query: QueryText,
  name: string,
  value: string,
): Criterion | undefined {
  const code = codeOf(name);
  const param = registry.parameter(query.type, code);
  if (!param) return undefined;
  const suffix = name.slice(code.length + 1);
  if (name.endsWith(':')) throw badRequest(`'${shown(name)}' has an empty modifier.`);
  const { modifier, targetType } = readModifier(registry, param, name, suffix);
  const context: ParseContext = {
    param,
    name: shown(name),
    ...(modifier ? { modifier } : {}),
    ...(targetType ? { targetType } : {}),
    baseUrl: query.baseUrl,
    resourceTypes: registry.resourceTypes,
    now: query.now,
  };
  return { param, name, ...(modifier ? { modifier } : {}), values: parseValues(value, context) };
}

// R4 search.html#modifiers, with those that this server does not offer, so that the refusal can say which it is.
const NOT_OFFERED = new Set([
  'text',
  'in',
  'not-in',
  'above',
  'below',
  'iterate',
  'contains',
  'exact',
  'of-type',
  'identifier',
  'not',
]);

interface ReadModifier {
  readonly modifier?: Modifier;
  readonly targetType?: string;
}

function readModifier(registry: SearchRegistry, param: SearchParameter, name: string, suffix: string): ReadModifier {
  if (suffix === '') return {};
  if (suffix === 'missing' && param.kind !== 'composite' && param.kind !== 'text') return { modifier: 'missing' };
  const type = parameterType(param.kind);
  const modifier = MODIFIERS.find((one) => one === suffix);
  if (modifier && offers(type, param, modifier)) return { modifier };
  const isTarget = param.targets.length === 0 || param.targets.includes(suffix);
  if (type.modifiers.has('type') && registry.resourceTypes.has(suffix) && isTarget) {
    return { modifier: 'type', targetType: suffix };
  }
  const diagnostics = `The modifier in '${shown(name)}' is not supported for this parameter.`;
  throw NOT_OFFERED.has(suffix) ? notSupported(diagnostics) : badRequest(diagnostics);
}

const MODIFIERS: readonly Modifier[] = ['exact', 'contains', 'not', 'text', 'identifier', 'of-type', 'above', 'below'];

function offers(type: ParameterType, param: SearchParameter, modifier: Modifier): boolean {
  if (!type.modifiers.has(modifier)) return false;
  const types = param.expression.kind === 'paths' ? param.expression.paths.flatMap(resultTypes) : [];
  if (modifier === 'text') return types.some(hasText);
  return modifier !== 'of-type' || (types.length > 0 && types.every((one) => one === 'Identifier'));
}

function parseValues(text: string, context: ParseContext): readonly ParamValue[] {
  const parts = splitUnescaped(text, ',');
  if (parts.length > MAX_VALUES) throw badRequest(`'${context.name}' takes ${MAX_VALUES} values at most.`);
  if (parts.some((part) => part.trim() === '')) throw badRequest(`'${context.name}' has an empty value.`);
  return parts.map((part) => (context.modifier === 'missing' ? parseMissing(part, context) : parseOne(part, context)));
}

const parseOne = (text: string, context: ParseContext): ParamValue =>
  parameterType(context.param.kind).parse(text, context);

function parseMissing(text: string, { name }: ParseContext): ParamValue {
  if (text === 'true' || text === 'false') return { kind: 'missing', missing: text === 'true' };
  throw badRequest(`'${name}' takes true or false.`);
}
