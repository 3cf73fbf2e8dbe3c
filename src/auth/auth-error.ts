/** Why a token was refused: one class for all, since outwardly all failures look alike (STYLE.md 17). */

/** For the log and the audit record; never for the client. */
export type AuthReason =
  | 'no-token'
  | 'too-long'
  | 'malformed'
  | 'algorithm'
  | 'type'
  | 'id-token'
  | 'issuer'
  | 'key'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claim'
  | 'sender-constraint';

/** A request that could not be authenticated. */
export class AuthError extends Error {
  override name = 'AuthError';
  readonly reason: AuthReason;

  constructor(reason: AuthReason, options?: { cause?: unknown }) {
    super(reason, options);
    this.reason = reason;
  }
}
