/** What a view says of each element of its type, read off the compiled states that enforce it (`policy matrix`). */
import type { Definitions, ElementDef } from '../definitions/types.ts';
import type { Transition, ViewState } from './state.ts';
import type { View } from './view.ts';

/**
 * `whole`: shown as stored. `listed`: shown without extensions, `Reference.display` and `Reference.identifier`.
 * `altered`: a rule changes it. `part`: some items or some elements below. `hidden`: nothing of it.
 */
export type Shown = 'whole' | 'listed' | 'altered' | 'part' | 'hidden';
/** `part`: some items, some elements below, or some values. */
export type Writable = 'all' | 'part' | 'none';

export interface ElementSurvey {
  /** By base names, `Patient.address.postalCode`; a choice whose types differ by JSON property, `Observation.valueString`. */
  readonly path: string;
  readonly shown: Shown;
  /** Rules that act, classes of items or conditions that decide. */
  readonly because: string;
  readonly update: Writable;
  readonly create: Writable;
}

interface Place {
  readonly path: string;
  readonly show: ViewState;
  /** Undefined where the view allows no such interaction. */
  readonly update: ViewState | undefined;
  readonly create: ViewState | undefined;
}

/** Every element of the type in R4's order, and those below an element of which a view shows some parts alone. */
export function surveyView(definitions: Definitions, view: View): readonly ElementSurvey[] {
  const { interactions } = view.spec;
  const rows = surveyBelow(definitions, {
    path: view.type,
    show: view.state,
    update: interactions.has('update') || interactions.has('patch') ? view.write : undefined,
    create: interactions.has('create') ? view.create : undefined,
  });
  return rows.map((row) => withHead(view, withRulesBelow(view, row)));
}

// `id` and the server's part of `meta` stand in every answer, and a view says in other words what becomes of them.
function withHead(view: View, row: ElementSurvey): ElementSurvey {
  const server = { update: 'none', create: 'none' } as const;
  if (row.path === `${view.type}.id`) {
    return view.pseudonymId
      ? { ...row, ...server, shown: 'altered', because: 'pseudonym' }
      : { ...row, ...server, shown: 'whole', because: '' };
  }
  if (row.path !== `${view.type}.meta` || view.spec.meta === 'hide' || row.shown !== 'hidden') return row;
  return { ...row, shown: 'part', because: 'versionId, lastUpdated' };
}

function withRulesBelow({ rules }: View, row: ElementSurvey): ElementSurvey {
  if (row.shown !== 'part') return row;
  const below = rules.filter((rule) => rule.element.path.startsWith(`${row.path}.`)).map((rule) => rule.spec.id);
  return below.length === 0
    ? row
    : { ...row, because: [row.because, ...below].filter((text) => text !== '').join('; ') };
}

function surveyBelow(definitions: Definitions, place: Place): readonly ElementSurvey[] {
  const type = definitions.type(place.show.type);
  return [...(type?.elements.values() ?? [])].flatMap((element) => surveyElement(definitions, place, element));
}

function surveyElement(definitions: Definitions, place: Place, element: ElementDef): readonly ElementSurvey[] {
  const names = [...(definitions.type(place.show.type)?.properties ?? [])]
    .filter(([, property]) => property.element === element)
    .map(([name]) => name);
  const rows = names.map((name) => surveyProperty(place, name));
  const [first] = rows;
  if (!first) return [];
  const path = `${place.path}.${element.name}`;
  const alike = rows.every((row) => sameVerdict(row, first));
  if (alike && names.length > 1 && first.shown !== 'part') return [{ ...first, path }];
  const heading = rows.length > 1 ? [{ ...first, ...PART, path }] : [];
  return [
    ...heading,
    ...names.flatMap((name, i) => [...rows.slice(i, i + 1), ...surveyParts(definitions, place, name)]),
  ];
}

const PART = { shown: 'part', because: 'by type' } as const;

const sameVerdict = (a: ElementSurvey, b: ElementSurvey): boolean =>
  a.shown === b.shown && a.because === b.because && a.update === b.update && a.create === b.create;

function surveyProperty(place: Place, name: string): ElementSurvey {
  const verdict = shownBy(place.show.child(name));
  const writable = (state: ViewState | undefined): Writable =>
    verdict.shown === 'hidden' ? 'none' : writableBy(state?.child(name));
  const path = `${place.path}.${name}`;
  return { path, ...verdict, update: writable(place.update), create: writable(place.create) };
}

function surveyParts(definitions: Definitions, place: Place, name: string): readonly ElementSurvey[] {
  const { only } = place.show.child(name);
  if (!only || shownIn(only).shown !== 'part') return [];
  return surveyBelow(definitions, {
    path: `${place.path}.${name}`,
    show: only,
    update: place.update?.child(name).only,
    create: place.create?.child(name).only,
  });
}

type Verdict = Pick<ElementSurvey, 'shown' | 'because'>;

function shownBy(transition: Transition): Verdict {
  if (transition.only) return shownIn(transition.only);
  const { filters } = transition;
  const texts = [...new Set(filters.map((filter) => filter.text))];
  if (filters.some((filter) => filter.kind !== 'class')) return { shown: 'part', because: `where ${texts.join('; ')}` };
  const classes = [...new Set(filters.flatMap((filter) => (filter.kind === 'class' ? [filter.name] : [])))];
  const verdicts = [...classes, 'others'].map((name) => {
    const state = transition.stateFor((filter) => filter.kind === 'class' && filter.name === name);
    return [name, shownIn(state)] as const;
  });
  const told = verdicts
    .filter(([, { shown }]) => shown !== 'hidden')
    .map(([name, verdict]) => `${name} ${tell(verdict)}`);
  return { shown: told.length === 0 ? 'hidden' : 'part', because: told.join('; ') };
}

const tell = ({ shown, because }: Verdict): string => (because === '' ? shown : `${shown} (${because})`);

function shownIn(state: ViewState): Verdict {
  const rules = [...new Set(state.actions.map((action) => action.ruleId))].join(', ');
  if (state.hidden) return { shown: 'hidden', because: rules };
  if (state.actions.length > 0) return { shown: 'altered', because: rules };
  if (state.whole) return { shown: 'whole', because: '' };
  return { shown: state.leaf === 'listed' && !state.ruled ? 'listed' : 'part', because: '' };
}

function writableBy(transition: Transition | undefined): Writable {
  if (!transition) return 'none';
  const { only } = transition;
  if (!only) return 'part';
  if (only.hidden) return 'none';
  return only.values === undefined && !only.narrowed && only.leaf === 'all' ? 'all' : 'part';
}
