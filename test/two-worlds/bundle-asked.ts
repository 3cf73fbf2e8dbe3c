/** Bundles for the trace: what it would ask one by one, asked together. */
import type { Built } from '../security/canary-resource.ts';
import type { Random } from './random.ts';
import type { Asked } from './trace.ts';

/** A batch or transaction of up to three requests. */
export function bundleAsked(random: Random, next: () => Asked): Asked {
  const entry = Array.from({ length: 1 + random.below(3) }, next).map((asked, i) => entryOf(asked, `urn:uuid:${i}`));
  const type = random.chance(0.5) ? 'batch' : 'transaction';
  return { method: 'POST', path: '/', options: { body: { resourceType: 'Bundle', type, entry } } };
}

function entryOf({ method, path, options }: Asked, fullUrl: string): Built {
  const headers = options.headers ?? {};
  const isJsonPatch = headers['Content-Type'] === 'application/json-patch+json';
  const data = isJsonPatch ? Buffer.from(JSON.stringify(options.body)).toString('base64') : undefined;
  const resource = isJsonPatch
    ? { resourceType: 'Binary', contentType: 'application/json-patch+json', data }
    : typeof options.body === 'string'
      ? undefined
      : options.body;
  const conditions = {
    ifMatch: headers['If-Match'],
    ifNoneMatch: headers['If-None-Match'],
    ifNoneExist: headers['If-None-Exist'],
  };
  return { fullUrl, resource, request: { method, url: path.slice(1), ...conditions } };
}
