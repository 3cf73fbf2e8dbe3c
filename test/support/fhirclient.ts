/** The part of `fhirclient` that tests use. Its own types would bring the browser's DOM into every file of the program. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

export interface SmartClient {
  readonly patient: { readonly id: string | null; read(): Promise<fhir4.Patient> };
  getFhirUser(): string | null;
  request(
    url: string,
    options?: { readonly pageLimit: number; readonly flat: boolean },
  ): Promise<readonly fhir4.Appointment[]>;
  create(resource: fhir4.Resource): Promise<fhir4.Appointment>;
  update(resource: fhir4.Resource): Promise<fhir4.Appointment>;
  delete(url: string): Promise<unknown>;
}

export interface SmartSession {
  authorize(options: Readonly<Record<string, string>>): Promise<unknown>;
  ready(): Promise<SmartClient>;
}

interface Storage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  unset(key: string): Promise<boolean>;
}

type Smart = (request: IncomingMessage, response: ServerResponse, storage: Storage) => SmartSession;

/** fhirclient for one exchange of a web app. */
export const fhirclient: Smart = createRequire(import.meta.url)('fhirclient');
