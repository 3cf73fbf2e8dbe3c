/** Splits SearchParameters by served type, each with the part of its expression that is for that type. */
import type { CutSearchParam, CutSearchParams } from '../r4-format.ts';

// R4 search.html: these name no element; _query stands for named queries, of which there are none.
const LEFT_OUT = new Set(['_query']);

/** For each served type its parameters by code, those of Resource and DomainResource among them. */
export function cutSearchParameters(
  parameters: readonly fhir4.SearchParameter[],
  servedTypes: readonly string[],
): CutSearchParams {
  const ofType = (type: string): readonly [string, CutSearchParam][] =>
    parameters.flatMap((parameter): [string, CutSearchParam][] => {
      const base = [type, 'DomainResource', 'Resource'].find((name) => parameter.base.some((b) => b === name));
      if (!base || LEFT_OUT.has(parameter.code)) return [];
      return [[parameter.code, cutParameter(parameter, base, type)]];
    });
  const sorted = (type: string) => ofType(type).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(servedTypes.map((type) => [type, Object.fromEntries(sorted(type))]));
}

function cutParameter(parameter: fhir4.SearchParameter, base: string, type: string): CutSearchParam {
  const expression = partFor(parameter.expression ?? '', base)
    .map((part) => (base === type ? part : part.replace(new RegExp(`^(\\(*)${base}\\b`), `$1${type}`)))
    .join(' | ');
  return {
    type: parameter.type,
    ...(expression ? { expression } : {}),
    ...(parameter.target ? { targets: parameter.target } : {}),
    url: parameter.url,
    documentation: documentationFor(parameter.description, type),
    ...(parameter.component
      ? { components: parameter.component.map((part) => [part.definition, spelt(part.expression)] as const) }
      : {}),
  };
}

// R4's Observation-code-value-date says DateTime, which is no type.
const spelt = (expression: string): string => expression.replaceAll('ofType(DateTime)', 'ofType(dateTime)');

// Where several types share a parameter, its description is a list: `* [Patient](patient.html): A patient's …`.
function documentationFor(description: string, type: string): string {
  const own = description.split(/\r?\n/).find((line) => line.startsWith(`* [${type}](`));
  const text = own === undefined ? description : own.slice(own.indexOf('): ') + 3);
  return text.replace(/\s+/g, ' ').trim();
}

function partFor(expression: string, base: string): readonly string[] {
  return splitUnion(expression).filter((part) => new RegExp(`^\\(*${base}\\b`).test(part));
}

/** The operands of the unions that stand outside all brackets. */
export function splitUnion(expression: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= expression.length; i++) {
    const c = expression.charAt(i);
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c !== '' && (c !== '|' || depth > 0)) continue;
    const part = expression.slice(start, i).trim();
    if (part !== '') parts.push(part);
    start = i + 1;
  }
  return parts;
}
