/** Chooses the form of the answer: `_format` and `_pretty` win over `Accept` (CONTRACT.md). */
import { FhirError } from '../core/errors.ts';
import type { ResponseFormat } from './exchange.ts';
import { isServedVersion, type MediaType, parseMediaType } from './media-type.ts';

type ContentType = ResponseFormat['contentType'];

export interface Wishes {
  readonly accept: string | undefined;
  readonly format: string | undefined;
  readonly pretty: string | undefined;
}

const FORMATS = new Map<string, ContentType>([
  ['json', 'application/fhir+json'],
  ['application/fhir+json', 'application/fhir+json'],
  // In a query an unescaped plus is a space; R4 http.html#mime-type asks servers to take that.
  ['application/fhir json', 'application/fhir+json'],
  ['application/json', 'application/json'],
  ['text/json', 'application/json'],
]);

/** The form of the answer. Throws 406 when the client takes no JSON. */
export function negotiate({ accept, format, pretty }: Wishes): ResponseFormat {
  const contentType = format === undefined ? byAccept(accept) : byFormat(format);
  if (contentType === undefined) throw notAcceptable();
  return { contentType, pretty: pretty === 'true' };
}

const notAcceptable = (): FhirError =>
  new FhirError(406, [
    {
      severity: 'error',
      code: 'not-supported',
      diagnostics: 'This server speaks application/fhir+json (FHIR 4.0) alone.',
    },
  ]);

function byFormat(format: string): ContentType | undefined {
  const media = parseMediaType(format);
  return isServedVersion(media) ? FORMATS.get(media.type) : undefined;
}

function byAccept(accept: string | undefined): ContentType | undefined {
  if (accept === undefined || accept === '*/*' || accept === 'application/fhir+json') return 'application/fhir+json';
  const ranges = accept.split(',').map(parseMediaType).filter(isServedVersion);
  const fhir = qualityOf('application/fhir+json', ranges);
  const plain = qualityOf('application/json', ranges);
  if (fhir === 0 && plain === 0) return undefined;
  return fhir >= plain ? 'application/fhir+json' : 'application/json';
}

// RFC 9110 12.5.1: the most specific range that fits decides.
function qualityOf(type: ContentType, ranges: readonly MediaType[]): number {
  const names =
    type === 'application/fhir+json' ? [type, 'json', 'application/*', '*/*'] : [type, 'application/*', '*/*'];
  for (const name of names) {
    const range = ranges.find((candidate) => candidate.type === name);
    if (range) return quality(range.parameters.get('q'));
  }
  return 0;
}

function quality(q: string | undefined): number {
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}
