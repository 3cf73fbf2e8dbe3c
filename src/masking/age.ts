/** Whether a person is over 89 (45 CFR 164.514(b)(2)(i)(C)): at death where that is known, else today. */
import type { ResourceJson } from '../core/json.ts';

/** Compares as much of both dates as there is; an unknown part counts towards the higher age. */
export function isOver89(patient: ResourceJson | undefined, now: number): boolean {
  const birth = patient?.['birthDate'];
  if (typeof birth !== 'string') return false;
  const death = patient?.['deceasedDateTime'];
  const until = typeof death === 'string' ? death : new Date(now).toISOString();
  const born = padDate(birth, '-01-01');
  const end = padDate(until.slice(0, 10), '-12-31');
  const years = Number(end.slice(0, 4)) - Number(born.slice(0, 4));
  const age = end.slice(4) >= born.slice(4) ? years : years - 1;
  return age > 89;
}

const padDate = (date: string, rest: string): string => date + rest.slice(date.length - 4);
