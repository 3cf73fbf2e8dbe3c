/** Item classes (`profiles/resources/`): which of MRN, SSN, NPI or other an identifier is. */
import type { Json } from '../core/json.ts';
import type { Definitions } from '../definitions/types.ts';
import { FhirPathError } from './fhir-path-error.ts';
import type { Predicate } from './node.ts';
import { compilePath } from './path.ts';

interface ItemClass {
  readonly name: string;
  readonly predicate: Predicate;
  readonly text: string;
}

/**
 * Makes the function that names an item's class: the first that fits, else `other`; '' for elements without classes.
 * Throws `FhirPathError` for a class whose expression is not `element.where(…)`.
 */
export function createClassifier(definitions: Definitions): (type: string, element: string, item: Json) => string {
  const compiled = new Map(definitions.servedTypes.map((type) => [type, classesOf(definitions, type)]));
  return (type, element, item) => {
    const classes = compiled.get(type)?.get(element);
    if (!classes) return '';
    // A predicate on an item looks below it, never at the name of its type.
    const node = { value: item, type: '' };
    return classes.find((each) => each.predicate(node, {}))?.name ?? 'other';
  };
}

/** The canonical text of each class's predicate, as `Step.text` has it, with the class's name. */
export function classPredicates(definitions: Definitions, type: string, element: string): ReadonlyMap<string, string> {
  const classes = classesOf(definitions, type).get(element) ?? [];
  return new Map(classes.map(({ text, name }) => [text, name]));
}

function classesOf(definitions: Definitions, type: string): ReadonlyMap<string, readonly ItemClass[]> {
  const declared = [...definitions.profile(type).itemClasses];
  return new Map(
    declared.map(([element, classes]) => [
      element,
      classes.map(({ name, expression }) => toClass(definitions, { type, element, name, expression })),
    ]),
  );
}

interface DeclaredClass {
  readonly type: string;
  readonly element: string;
  readonly name: string;
  readonly expression: string;
}

function toClass(definitions: Definitions, { type, element, name, expression }: DeclaredClass): ItemClass {
  const { steps } = compilePath(definitions, type, expression);
  const [child, where, ...more] = steps;
  if (child?.kind !== 'child' || child.element.name !== element || where?.kind !== 'where' || more.length > 0) {
    throw new FhirPathError(`class ${name} of ${type}.${element}: write ${element}.where(…)`);
  }
  return { name, predicate: where.predicate, text: where.text };
}
