/** From a call to the registrations its caller is entitled to, or to the status that the caller is told. */
import { type Metadata, status } from '@grpc/grpc-js';

import type { AttestedPeer, Caller } from '../../identity/attestation/attested-peer.ts';
import type { Registry } from '../../identity/attestation/registry.ts';
import type { Registration } from '../../identity/attestation/registration.ts';
import { attestCaller, endedRefusal } from '../attested-caller.ts';
import type { Refusal } from '../refusals.ts';
import type { StreamEnd } from './full-state-stream.ts';

export type Entitlement =
  | { readonly kind: 'entitled'; readonly caller: Caller; readonly entries: readonly [Registration, ...Registration[]] }
  | { readonly kind: 'refused'; readonly end: StreamEnd; readonly refusal: Refusal };

/** The caller is told this and no more, whatever the reason: the reason is the operator's. */
const NO_IDENTITY: StreamEnd = { code: status.PERMISSION_DENIED, details: 'no identity issued' };

/**
 * SPIFFE Workload API §3: the header keeps requests out that somebody was tricked to send, which have no metadata of
 * their choice. Undefined when it is there, once and exact.
 */
export function missingHeader(metadata: Metadata): StreamEnd | undefined {
  const values = metadata.get('workload.spiffe.io');
  if (values.length === 1 && values[0] === 'true') return undefined;
  return { code: status.INVALID_ARGUMENT, details: 'security header missing from request' };
}

/** Reads anew who calls. The last look at the caller, `caller.isAlive`, is left to the one who answers. */
export async function entitlementOf(peer: AttestedPeer, registry: Registry): Promise<Entitlement> {
  const caller = await attestCaller(peer, registry);
  if (caller.kind === 'unknown') return { kind: 'refused', end: NO_IDENTITY, refusal: caller.refusal };
  return { kind: 'entitled', caller: caller.caller, entries: caller.entries };
}

/** The process ended between its attestation and the answer. */
export function endedMeanwhile(peer: AttestedPeer): Extract<Entitlement, { kind: 'refused' }> {
  return { kind: 'refused', end: NO_IDENTITY, refusal: endedRefusal(peer) };
}
