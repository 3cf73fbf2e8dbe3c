/** Expressions as a typed tree; the one place that calls the fhirpath package, for its parser. */
import { parse } from 'fhirpath';
import { BoundedMap } from '../core/bounded-map.ts';
import { FhirPathError } from './fhir-path-error.ts';

const MAX_LENGTH = 1000;
const MAX_NESTING = 20;
const DOLLARS: ReadonlyMap<string, string> = new Map([
  ['ThisInvocation', '$this'],
  ['IndexInvocation', '$index'],
  ['TotalInvocation', '$total'],
]);

export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** As written, with its sign. */
  | { readonly kind: 'number'; readonly text: string };

/** Parentheses are gone; `on` is absent where an expression starts from the current node. */
export type Expression =
  | { readonly kind: 'member'; readonly on?: Expression; readonly name: string }
  | { readonly kind: 'call'; readonly on?: Expression; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'index'; readonly on: Expression; readonly index: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'type'; readonly operator: string; readonly on: Expression; readonly type: string }
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'variable'; readonly name: string };

interface Parsed {
  readonly type: string;
  readonly text: string;
  readonly children: readonly unknown[];
}

/** Reads an expression; throws `FhirPathError` for what is no FHIRPath, too long, too deep, or never of use here. */
export function parseExpression(text: string, maxLength = MAX_LENGTH): Expression {
  const known = PARSED.get(text);
  if (known && text.length <= maxLength) return known;
  const parsed = parseOnce(text, maxLength);
  PARSED.set(text, parsed);
  return parsed;
}

/** As `parseExpression`, and nothing of it is kept: for what a caller sends, whose literals may be anything. */
export function parseOnce(text: string, maxLength = MAX_LENGTH): Expression {
  if (text.length > maxLength) throw new FhirPathError(`longer than ${maxLength} characters`);
  if (nesting(text) > MAX_NESTING) throw new FhirPathError(`nested deeper than ${MAX_NESTING} brackets`);
  return convert(parseText(text));
}

// Many views and parameters say the same: an expression is a pure function of its text, and reading one takes a
// millisecond, so this is the one state of a module.
const PARSED = new BoundedMap<string, Expression>(2000);

function parseText(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'no FHIRPath';
    throw new FhirPathError(`cannot be read: ${reason}`, { cause });
  }
}

// Looks at brackets alone; a comment could hide some, and the language has none.
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === "'" || c === '`') quote = c;
    else if (c === '/') throw new FhirPathError("'/' is not in the language: no division, no comments");
    else if ('([{'.includes(c)) deepest = Math.max(deepest, ++depth);
    else if (')]}'.includes(c)) depth--;
  }
  return deepest;
}

function toParsed(node: unknown): Parsed {
  if (typeof node !== 'object' || node === null || !('type' in node) || typeof node.type !== 'string') {
    throw new FhirPathError('cannot be read');
  }
  const text = 'text' in node && typeof node.text === 'string' ? node.text : '';
  const children: readonly unknown[] = 'children' in node && Array.isArray(node.children) ? node.children : [];
  return { type: node.type, text, children };
}

function convert(raw: unknown, on?: Expression): Expression {
  const node = toParsed(raw);
  const [first, second] = node.children;
  switch (node.type) {
    case 'EntireExpression':
    case 'TermExpression':
    case 'InvocationTerm':
    case 'ParenthesizedTerm':
      return convert(first, on);
    case 'InvocationExpression':
      return convert(second, convert(first));
    case 'MemberInvocation':
      return { kind: 'member', ...(on ? { on } : {}), name: identifier(toParsed(first).text) };
    case 'FunctionInvocation':
      return call(toParsed(first), on);
    case 'IndexerExpression':
      return { kind: 'index', on: convert(first), index: convert(second) };
    case 'TypeExpression':
      return { kind: 'type', operator: node.text, on: convert(first), type: typeText(toParsed(second).text) };
    case 'AndExpression':
    case 'OrExpression':
    case 'EqualityExpression':
    case 'MembershipExpression':
    case 'UnionExpression':
    case 'ImpliesExpression':
    case 'InequalityExpression':
    case 'AdditiveExpression':
      return { kind: 'binary', operator: node.text, left: convert(first), right: convert(second) };
    case 'PolarityExpression':
      return negative(node, convert(first));
    case 'LiteralTerm':
      return { kind: 'literal', literal: literal(toParsed(first), node.text) };
    case 'ExternalConstantTerm':
      return { kind: 'variable', name: node.text };
    case 'ThisInvocation':
      return { kind: 'variable', name: '$this' };
    default:
      throw new FhirPathError(`${DOLLARS.get(node.type) ?? `'${node.text || node.type}'`} is not in the language`);
  }
}

function call(node: Parsed, on: Expression | undefined): Expression {
  const [name, list] = node.children;
  const args = list === undefined ? [] : toParsed(list).children.map((arg) => convert(arg));
  return { kind: 'call', ...(on ? { on } : {}), name: identifier(toParsed(name).text), args };
}

function negative(node: Parsed, operand: Expression): Expression {
  if (operand.kind !== 'literal' || operand.literal.kind !== 'number') {
    throw new FhirPathError(`'${node.text}' stands before numbers alone`);
  }
  const sign = node.text === '-' ? '-' : '';
  return { kind: 'literal', literal: { kind: 'number', text: sign + operand.literal.text } };
}

function literal(node: Parsed, text: string): Literal {
  switch (node.type) {
    case 'StringLiteral':
      return { kind: 'string', value: unescapeText(node.text.slice(1, -1)) };
    case 'BooleanLiteral':
      return { kind: 'boolean', value: text === 'true' };
    case 'NumberLiteral':
      return { kind: 'number', text: node.text };
    default:
      throw new FhirPathError(`the literal ${text} is not in the language: strings, booleans and numbers are`);
  }
}

const typeText = (text: string): string => text.split('.').map(identifier).join('.');

const identifier = (text: string): string => (text.startsWith('`') ? unescapeText(text.slice(1, -1)) : text);

// FHIRPath 4.1.1 String: \r \n \t \f \uXXXX, and any other character stands for itself.
function unescapeText(text: string): string {
  const named: Record<string, string | undefined> = { r: '\r', n: '\n', t: '\t', f: '\f' };
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) =>
    escaped.length > 1 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (named[escaped] ?? escaped),
  );
}
