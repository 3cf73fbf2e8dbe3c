/** A process of its own that commits until it is killed, and says on stdout what was acknowledged. */
import { fileKeyProvider } from '../../src/crypto/key-provider.ts';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { openStore } from '../../src/store/open-store.ts';
import { entryOf, termNumber, uidNumber, writeOf } from './store-data.ts';

const [path = '', keyring = ''] = process.argv.slice(2);
const secrets = createSecrets(await fileKeyProvider(keyring).keyring());
const { records } = await openStore({ databaseUrl: `sqlite:${path}`, mode: 'real', secrets, access: 'write' });

async function writer(lane: number): Promise<never> {
  const first = (await records.current(uidNumber(lane)))?.version ?? 0;
  for (let version = first + 1; ; version++) {
    const index = { terms: [termNumber(version % 7), termNumber(100 + lane)] };
    const audit = [entryOf(secrets, JSON.stringify({ lane, version }))];
    const result = await records.commit({ writes: [writeOf({ n: lane, version, index })], audit });
    if (result.done) process.stdout.write(`${lane} ${version}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(writer));
