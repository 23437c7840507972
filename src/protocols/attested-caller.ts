/** Which registrations the process at the other end of a connection is entitled to, asked anew on each call. */
import type { AttestedPeer, Caller } from '../identity/attestation/attested-peer.ts';
import type { Explanation, Registry } from '../identity/attestation/registry.ts';
import type { Registration } from '../identity/attestation/registration.ts';
import type { Refusal } from './refusals.ts';

export type AttestedCaller =
  | { readonly kind: 'attested'; readonly caller: Caller; readonly entries: readonly [Registration, ...Registration[]] }
  /** Why is for the operator alone; whatever the reason, the caller is told the same. */
  | { readonly kind: 'unknown'; readonly refusal: Refusal };

/** The last look at the caller, `caller.isAlive`, is left to the one who answers. */
export async function attestCaller(peer: AttestedPeer, registry: Registry): Promise<AttestedCaller> {
  const caller = await peer.caller();
  if (!caller.ok) {
    const { code, message } = caller.problem;
    return { kind: 'unknown', refusal: { code, message, uid: peer.uid, pid: peer.pid } };
  }
  const match = await registry.match(caller.value);
  if (match.kind === 'matched') return { kind: 'attested', caller: caller.value, entries: match.entries };
  return { kind: 'unknown', refusal: refusalOf(match.explanation) };
}

/** The process ended between its attestation and the answer. */
export function endedRefusal({ pid, uid }: AttestedPeer): Refusal {
  return { code: 'attestation/no-process', message: `process ${pid} ended while it was answered`, uid, pid };
}

function refusalOf({ collected, nearest }: Explanation): Refusal {
  const { pid, uid, gid, path, sha256, pathUnknown } = collected;
  const why =
    nearest === undefined
      ? 'there is no registration'
      : `the nearest, \`${nearest.id}\`, ${nearest.missing.join(', ')}`;
  return {
    code: 'attestation/no-match',
    message: `no registration matches process ${pid}: ${why}`,
    uid,
    pid,
    ...(path !== undefined && { path }),
    data: {
      gid,
      ...(sha256 !== undefined && { sha256 }),
      ...(pathUnknown !== undefined && { pathUnknown }),
      ...(nearest !== undefined && { nearest: { id: nearest.id, missing: nearest.missing } }),
    },
  };
}
