/** A request as its caller gives it: three entities by name, and a context in Cedar's JSON form. */
import type { EntityUid } from '../entity-uid.ts';

/** Integers beyond 2^53 are given as bigint. */
export type CedarJson = null | boolean | number | bigint | string | readonly CedarJson[] | CedarJsonObject;
export type CedarJsonObject = { readonly [name: string]: CedarJson };

export type CedarRequest = {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  readonly context?: CedarJsonObject;
  /**
   * Attributes that principal and resource have for this request only, seen through the variables `principal` and
   * `resource`. What the store says of an entity wins: whoever asks cannot make it otherwise.
   */
  readonly attributes?: { readonly principal?: CedarJsonObject; readonly resource?: CedarJsonObject };
};
