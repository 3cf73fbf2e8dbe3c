/** Who asks: the verified content of an access token (CONTRACT.md "Tokens"). */

export type ScopeContext = 'patient' | 'user' | 'system';
/** SMART v2 permission letters. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** One FHIR scope that can be honoured whole. */
export interface Scope {
  readonly context: ScopeContext;
  /** A resource type or `*`. */
  readonly type: string;
  readonly permissions: ReadonlySet<Permission>;
}

export interface Principal {
  readonly issuer: string;
  readonly sub: string;
  /** Issuer and `sub` together: the subject, everywhere. */
  readonly subject: string;
  readonly clientId?: string;
  /** Names as the token has them, known or not. */
  readonly roles: readonly string[];
  /** Absent: the token has no `scope` claim. Empty: it has one that holds no FHIR scope that can be honoured. */
  readonly scopes?: readonly Scope[];
  /** Id of the patient in context. */
  readonly patient?: string;
  /** A reference `Practitioner/7` on this server. */
  readonly fhirUser?: string;
  readonly name?: string;
  readonly acr?: string;
  readonly amr: readonly string[];
  /** `jti`, or a digest of the token where it has none. */
  readonly tokenId: string;
  /** Codes of `purpose_of_use`. */
  readonly purposeOfUse: readonly string[];
  /** `exp` in milliseconds. */
  readonly expires: number;
}
