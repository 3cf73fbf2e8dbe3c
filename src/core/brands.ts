/** The two brands that make the way of a request compulsory (DESIGN.md "The way of a request"). */

declare const masked: unique symbol;
declare const sealed: unique symbol;

/** A value that went through a view; only `masking/` makes one, and the responder takes nothing else. */
export type Masked<T> = T & { readonly [masked]: true };

/** Bytes that only `crypto/` makes; a store keeps nothing else of a resource's content. */
export type Sealed = Uint8Array & { readonly [sealed]: true };
