/** Fetches a small JSON document from an identity provider: bounded in time, size and in where it may lead. */
import { isLoopbackHost } from '../core/loopback.ts';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;
const MAX_REDIRECTS = 3;

/** Why a document could not be had; names no content. */
export class FetchError extends Error {
  override name = 'FetchError';
  readonly code: 'insecure' | 'redirect' | 'status' | 'size' | 'json' | 'network';

  constructor(code: FetchError['code'], options?: { cause?: unknown }) {
    super(code, options);
    this.code = code;
  }
}

/** The document at a URL, which must be https unless it is on loopback; redirects stay on one origin. */
export async function fetchJson(url: string): Promise<unknown> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await follow(url, signal);
  const text = await readBounded(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new FetchError('json');
  }
}

async function follow(start: string, signal: AbortSignal): Promise<Response> {
  let url = secureUrl(start);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await get(url, signal);
    if (response.ok) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) throw new FetchError('status');
    if (!URL.canParse(location, url.href)) throw new FetchError('redirect');
    const next = new URL(location, url);
    if (next.origin !== url.origin) throw new FetchError('redirect');
    url = next;
  }
  throw new FetchError('redirect');
}

async function get(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url.href, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
  } catch (cause) {
    throw new FetchError('network', { cause });
  }
}

function secureUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return url;
  throw new FetchError('insecure');
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_BYTES) break; // Leaving the loop cancels the stream.
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new FetchError('network', { cause });
  }
  if (size > MAX_BYTES) throw new FetchError('size');
  return Buffer.concat(chunks).toString('utf8');
}
