/** What the edge knows of one request and its answer, from the first middleware to the last. */
import type { Principal } from '../core/principal.ts';

/** The form in which answers leave. */
export interface ResponseFormat {
  readonly contentType: 'application/fhir+json' | 'application/json';
  readonly pretty: boolean;
}

export interface Exchange {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** A template such as `GET /:type/:id`, for the log: never the path itself. */
  route: string;
  principal: Principal | undefined;
  format: ResponseFormat;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the first middleware. */
    exchange: Exchange;
  }
}

/** The format of an answer when nothing else was asked for, or could be agreed on. */
export const DEFAULT_FORMAT: ResponseFormat = { contentType: 'application/fhir+json', pretty: false };
