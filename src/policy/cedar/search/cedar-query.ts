/** The question who may, or what may be done: a request with one entity left open, and the page that answers it. */
import type { CedarJsonObject } from '../authorize/cedar-request.ts';
import type { EntityUid } from '../entity-uid.ts';

type Common = {
  readonly context?: CedarJsonObject;
  /** At most this many entities; 1 to `MAX_PAGE_SIZE`, default `DEFAULT_PAGE_SIZE`. */
  readonly limit?: number;
  /** The `next` of the page before, for the same question to the same store in the same process. */
  readonly after?: string;
};

/** `attributes` hold for this query only, of an entity that is given; as in a request, what the store says wins. */
export type CedarQuery = Common &
  (
    | {
        readonly find: 'principal';
        /** Of which type; those that the store has are considered. */
        readonly type: string;
        readonly action: EntityUid;
        readonly resource: EntityUid;
        readonly attributes?: { readonly resource?: CedarJsonObject };
      }
    | {
        readonly find: 'resource';
        readonly type: string;
        readonly principal: EntityUid;
        readonly action: EntityUid;
        readonly attributes?: { readonly principal?: CedarJsonObject };
      }
    | {
        /** Every action that exists, or of which a policy or an entity speaks. */
        readonly find: 'action';
        readonly principal: EntityUid;
        readonly resource: EntityUid;
        readonly attributes?: { readonly principal?: CedarJsonObject; readonly resource?: CedarJsonObject };
      }
  );

/** In an order that stays: nothing that is there and allowed all the time is left out, or listed twice. */
export type CedarPage = {
  readonly entities: readonly EntityUid[];
  /** Set exactly when there was more at the time. */
  readonly next?: string;
};

export const DEFAULT_PAGE_SIZE = 1000;

/** Of all entities of a large store, a hundred megabytes of names. */
export const MAX_PAGE_SIZE = 1_000_000;
