/** A table of requests and the status, issue and element of their answers, each a test of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, CallOptions, Reply, Veil } from '../support/veil.ts';

export interface Case {
  readonly name: string;
  readonly as?: Caller;
  readonly method?: string;
  readonly path: string;
  readonly options?: CallOptions;
  readonly status: number;
  /** The code of an issue that must be there. */
  readonly code?: string;
  /** The expression of an issue that must be there. */
  readonly expression?: string;
  /** In the diagnostics of some issue: a name that CONTRACT.md wants named. */
  readonly names?: string;
}

/** One test a row; `veil` gives the server when the test runs, `physician` asks unless a row says who. */
export function table(veil: () => Veil, title: string, cases: readonly Case[]): void {
  for (const one of cases) {
    test(`${title}: ${one.name} is ${one.status}`, async () => {
      const { as = { roles: ['physician'] }, method = 'GET', path, options } = one;
      checkCase(await veil().call(as, method, path, options), one);
    });
  }
}

function checkCase(reply: Reply, { status, code, expression, names }: Case): void {
  assert.equal(reply.status, status, reply.text);
  checkAnswer(reply);
  if (status >= 400) checkOutcome(reply);
  const issues: readonly Issue[] = reply.json?.issue ?? [];
  if (code !== undefined)
    assert.ok(
      issues.some((issue) => issue.code === code),
      reply.text,
    );
  if (expression !== undefined)
    assert.ok(
      issues.some((issue) => issue.expression?.includes(expression)),
      reply.text,
    );
  if (names !== undefined)
    assert.ok(
      issues.some((issue) => issue.diagnostics?.includes(names)),
      reply.text,
    );
}

export interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

// Every answer under /fhir carries no-store and helmet's headers, whatever its status.
function checkAnswer({ headers }: Reply): void {
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.ok(headers.has('content-security-policy'));
  assert.equal(headers.get('x-powered-by'), null);
  assert.ok(headers.has('x-request-id'));
}

function checkOutcome({ json, headers }: Reply): void {
  assert.equal(json?.resourceType, 'OperationOutcome');
  assert.match(headers.get('content-type') ?? '', /^application\/fhir\+json/);
  assert.ok(json.issue.length > 0);
  for (const issue of json.issue) {
    assert.ok(issue.severity && issue.code && issue.diagnostics, JSON.stringify(issue));
  }
}

/** A Patient that is valid. */
export const person = {
  resourceType: 'Patient',
  name: [{ family: 'Status' }],
  gender: 'female',
  birthDate: '1970-01-01',
};
/** An Observation that is valid. */
export const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'status' },
  subject: { reference: 'Patient/ann-lee' },
};
