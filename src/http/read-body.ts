/** Reads request bodies: type, encoding, size, then strict JSON or a form. */
import { type Request, type Response, raw } from 'express';
import { FhirError, malformed, unprocessable } from '../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { MAX_DEPTH, parseJson } from '../core/parse-json.ts';
import type { PatchDocument } from '../core/request.ts';
import { isServedVersion, parseMediaType } from './media-type.ts';
import { type Parameter, readParameters } from './read-parameters.ts';

/** Bytes after unpacking. */
export const RESOURCE_LIMIT = 1024 * 1024;
/** The same of a Bundle. */
export const BUNDLE_LIMIT = 16 * RESOURCE_LIMIT;

export interface BodyReader {
  /** The JSON object in the body. Throws 400, 413, 415 or 422. */
  resource(request: Request, response: Response): Promise<JsonObject>;
  /** The patch in the body, in the language of its content type. Throws as `resource` does. */
  patch(request: Request, response: Response): Promise<PatchDocument>;
  /** The parameters of a form body; none when the body is empty. */
  form(request: Request, response: Response): Promise<readonly Parameter[]>;
}

const RESOURCE_TYPES: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json']);
const JSON_PATCH = 'application/json-patch+json';
const PATCH_TYPES: ReadonlySet<string> = new Set([JSON_PATCH, ...RESOURCE_TYPES]);
const FORM_TYPES: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded']);
// body-parser would unpack zstd as well, which CONTRACT.md "request bodies" does not offer.
const ENCODINGS: ReadonlySet<string> = new Set(['identity', 'gzip', 'deflate', 'br']);

/** A reader of bodies up to `limit` bytes. */
export function createBodyReader(limit: number): BodyReader {
  const parser = raw({ type: () => true, limit, inflate: true });
  const read = (request: Request, response: Response): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      parser(request, response, (error?: unknown) => {
        const body: unknown = request.body;
        if (error) reject(asRefusal(error, limit));
        else resolve(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
      });
    });
  return {
    resource: async (request, response) => {
      requireType(request, RESOURCE_TYPES);
      return parseObject(decodeUtf8(await read(request, response)));
    },
    patch: async (request, response) => {
      const type = requireType(request, PATCH_TYPES);
      const text = decodeUtf8(await read(request, response));
      if (type === JSON_PATCH) return { kind: 'json-patch', operations: parseBody(text) };
      return { kind: 'fhirpath-patch', parameters: parseObject(text) };
    },
    form: async (request, response) => {
      if (request.headers['content-type'] === undefined && isEmpty(request)) return [];
      requireType(request, FORM_TYPES);
      return readParameters(decodeUtf8(await read(request, response)));
    },
  };
}

const isEmpty = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';

function requireType(request: Request, types: ReadonlySet<string>): string {
  const media = parseMediaType(request.headers['content-type'] ?? '');
  if (!ENCODINGS.has((request.headers['content-encoding'] ?? 'identity').toLowerCase())) throw unsupportedEncoding();
  const charset = (media.parameters.get('charset') ?? 'utf-8').toLowerCase();
  if (types.has(media.type) && isServedVersion(media) && (charset === 'utf-8' || charset === 'utf8')) return media.type;
  throw unsupported(`The body must be ${[...types].join(' or ')} in UTF-8.`);
}

const unsupported = (diagnostics: string): FhirError =>
  new FhirError(415, [{ severity: 'error', code: 'not-supported', diagnostics }]);

const unsupportedEncoding = (): FhirError => unsupported('Content-Encoding must be gzip, deflate or br.');

// body-parser's errors carry a status; their texts are not passed on.
function asRefusal(error: unknown, limit: number): FhirError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  if (status === 413) {
    const diagnostics = `The body is larger than ${limit / 1024} KiB.`;
    return new FhirError(413, [{ severity: 'error', code: 'too-long', diagnostics }]);
  }
  if (status === 415) return unsupportedEncoding();
  return malformed('The body could not be read: it ended early or does not unpack.');
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The body is not valid UTF-8.');
  }
}

function parseObject(text: string): JsonObject {
  const value = parseBody(text);
  if (!isObject(value)) throw faulty('The body must be a JSON object: one resource.');
  return value;
}

function parseBody(text: string): Json {
  if (text.trim() === '') throw malformed('A JSON body is needed.');
  const parsed = parseJson(text);
  if (!parsed.ok) {
    if (parsed.fault.kind === 'syntax') throw malformed('The body is not valid JSON.');
    if (parsed.fault.kind === 'depth') throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels.`);
    throw faulty('The body has an object in which a name occurs twice.');
  }
  return parsed.value;
}

const faulty = (diagnostics: string): FhirError =>
  unprocessable([{ severity: 'error', code: 'structure', diagnostics }]);
