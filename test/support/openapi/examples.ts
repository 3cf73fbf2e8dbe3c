/** Real answers for `openapi.yaml`: a server over the seed, with a fixed clock and fixed ids. */
import { loadFiles } from '../../../src/cli/load-resources.ts';
import { type Caller, startVeil } from '../veil.ts';

const BASE_URL = 'http://127.0.0.1:8080/fhir';
const NOW = Date.UTC(2026, 0, 5, 9, 0, 0);
const PHARMACIST: Caller = { roles: ['pharmacist'] };

/** The answers, by the names that `buildOpenApi` asks for. */
export async function realAnswers(): Promise<Readonly<Record<string, unknown>>> {
  let ids = 0;
  const veil = await startVeil({ env: { BASE_URL }, clock: () => NOW, newId: () => `made-${++ids}` });
  try {
    await loadFiles(veil.app, ['seed'], { say: () => undefined });
    const get = async (caller: Caller, path: string): Promise<unknown> => (await veil.call(caller, 'GET', path)).json;
    return {
      'GET read Patient': await get(PHARMACIST, '/Patient/ann-lee'),
      'GET search-type Patient': await get(PHARMACIST, '/Patient?_id=ann-lee&family=Lee&_elements=name,birthDate'),
      refused: await get(PHARMACIST, '/Patient?marital-status=M&_sort=general-practitioner'),
      'not found': await get(PHARMACIST, '/Patient/nobody'),
      unauthenticated: (await veil.call(PHARMACIST, 'GET', '/Patient', { headers: { Authorization: 'Bearer x' } }))
        .json,
    };
  } finally {
    await veil.stop();
  }
}
