/** Turns what the pipeline says of an interaction into a sealed audit record. */
import type { AuditFacts } from '../core/audit.ts';
import type { AuditEntry } from '../core/record.ts';
import type { TermMaker } from '../core/secrets.ts';
import { createAuditTerms } from './audit-terms.ts';
import type { AuditCrypto } from './ports.ts';
import { writeRecord } from './record-format.ts';
import { CURRENT_RENDERING } from './render.ts';

export interface RecorderParts {
  readonly crypto: Pick<AuditCrypto, 'seal'>;
  readonly terms: TermMaker;
  /** Base URL of this server, kept in each record: who says so is part of the evidence. */
  readonly site: string;
  /** `recorded` of the newest record in the log (`AuditSearch.newest`), so that time never runs back over a restart. */
  readonly notBefore?: number;
}

export interface AuditRecorder {
  /** Call it right before the commit: the order of records is the order of time. */
  entry(facts: AuditFacts): AuditEntry;
}

/** A record that says another time than its facts by more than this tells both. */
const NOTABLE_MS = 1000;

/** Makes a recorder whose `recorded` never runs back, whatever the clock does. */
export function createAuditRecorder(parts: RecorderParts): AuditRecorder {
  const terms = createAuditTerms(parts.terms);
  let last = parts.notBefore ?? 0;
  return {
    entry(facts) {
      last = Math.max(last, facts.recorded);
      const late = last - facts.recorded > NOTABLE_MS ? { happened: facts.recorded } : {};
      const record = { ...facts, ...late, recorded: last, rendering: CURRENT_RENDERING, site: parts.site };
      return { sealed: parts.crypto.seal(writeRecord(record)), terms: terms.of(facts) };
    },
  };
}
