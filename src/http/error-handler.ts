/** Turns whatever was thrown into an OperationOutcome; what is not a refusal of ours becomes a bare 500. */
import type { ErrorRequestHandler } from 'express';
import { AuthError } from '../auth/auth-error.ts';
import { badRequest, DamagedRecordError, FhirError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import { DEFAULT_FORMAT } from './exchange.ts';
import { sendAnswer } from './send-answer.ts';

/** The last middleware. */
export const createErrorHandler =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const { requestId } = request.exchange;
    if (response.headersSent) {
      logger.error('answer broke off', { requestId, error });
      response.destroy();
      return;
    }
    const refusal = asRefusal(error);
    if (refusal.status >= 500) logFailure(logger, error, requestId);
    if (refusal.status === 406) request.exchange.format = DEFAULT_FORMAT;
    sendAnswer(response, {
      status: refusal.status,
      headers: refusal.headers,
      body: { kind: 'outcome', issues: refusal.issues },
    });
  };

function logFailure(logger: Logger, error: unknown, requestId: string): void {
  if (error instanceof DamagedRecordError)
    logger.error('alert: a stored record does not open', { alert: true, requestId, error });
  else logger.error('request failed', { requestId, error });
}

function asRefusal(error: unknown): FhirError {
  if (error instanceof FhirError) return error;
  if (error instanceof AuthError) return unauthorized(error);
  // Express's router could not decode the path.
  if (error instanceof URIError) return badRequest('The path has a percent escape that does not decode.');
  const diagnostics = 'The server could not answer. The request id names this failure in its log.';
  return new FhirError(500, [{ severity: 'error', code: 'exception', diagnostics }]);
}

// RFC 6750 3.1: no error code when the request had no token; all bad tokens look alike.
function unauthorized({ reason }: AuthError): FhirError {
  const challenge = reason === 'no-token' ? 'Bearer realm="veil"' : 'Bearer realm="veil", error="invalid_token"';
  const diagnostics = 'A valid access token is needed: Authorization: Bearer followed by the token.';
  return new FhirError(401, [{ severity: 'error', code: 'login', diagnostics }], {
    headers: { 'WWW-Authenticate': challenge },
  });
}
