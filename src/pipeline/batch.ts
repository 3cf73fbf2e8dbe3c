/** Bundles re-enter the way of a request: a batch entry by entry, a transaction as one commit (`transaction.ts`). */
import { FhirError } from '../core/errors.ts';
import type { Answer, BundleRequest, FhirRequest } from '../core/request.ts';
import { refusalOf } from './answers.ts';
import { bundleAnswer } from './bundle-answer.ts';
import { bundleFacts } from './facts.ts';
import type { HandlerParts } from './handle.ts';
import { inOrder, runTransaction, type TransactionParts } from './transaction.ts';

export interface BundleParts extends TransactionParts {
  /** The way of a single request. */
  handle(request: FhirRequest): Promise<Answer>;
}

/** Makes the handler of Bundles. */
export function createBundleHandler(parts: BundleParts): (bundle: BundleRequest) => Promise<Answer> {
  return (bundle) => (bundle.kind === 'batch' ? runBatch(parts, bundle) : runTransaction(parts, bundle));
}

// One after the other, each decided, committed and recorded by itself; a refusal is the answer of its entry alone.
async function runBatch(parts: BundleParts, bundle: BundleRequest): Promise<Answer> {
  const answers = new Map<number, Answer>();
  for (const { index, request } of inOrder(bundle.entries)) {
    answers.set(
      index,
      request instanceof FhirError ? await unread(parts, bundle, request) : await parts.handle(request),
    );
  }
  return bundleAnswer(
    'batch',
    bundle.entries.flatMap(({ index }) => answers.get(index) ?? []),
  );
}

async function unread(parts: HandlerParts, bundle: BundleRequest, error: FhirError): Promise<Answer> {
  await parts.repository.commit([], [parts.record(bundleFacts(bundle, error, parts.clock()))]);
  return refusalOf(error);
}
