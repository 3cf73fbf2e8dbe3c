/** The two makers of the `Sealed` brand. */
import type { Sealed } from '../core/brands.ts';

/** Brands what `crypto/` has just sealed or authenticated; not for use outside this folder. */
export const sealedBytes = (bytes: Uint8Array): Sealed => bytes as Sealed;

/** For store adapters alone: bytes that were `Sealed` when they were kept. They prove themselves when opened. */
export const sealedFromStore = (bytes: Uint8Array): Sealed => bytes as Sealed;
