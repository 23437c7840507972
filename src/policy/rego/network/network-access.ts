/** What asynchronous evaluations may ask of the network, and what that may cost. */
import type { Problem } from '../../../kernel/problem.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import { type AllowList, parseAllowList } from './allow-list.ts';
import type { Transport } from './transport.ts';

export type NetworkOptions = {
  /**
   * The only hosts that are asked, by exact name, address or CIDR block, with or without a port. A name that resolves to
   * a loopback, private or link-local address is refused unless that address is in the list, too.
   */
  readonly allow: readonly string[];
  /** What makes the connections: `nodeTransport` of `countersign/rego/node`, or the host's own. */
  readonly transport: Transport;
  /** Of one response, unpacked. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Of all responses of one evaluation. Default 8 MiB. */
  readonly maxTotalBytes?: number;
  /** Of one request with its redirects; a policy may ask for less. Default 5,000. */
  readonly timeoutMilliseconds?: number;
  /** That one request follows, where the policy enables it at all. Default 10. */
  readonly maxRedirects?: number;
  /** Of one evaluation: requests, redirects, repetitions and `net.lookup_ip_addr`, all together. Default 32. */
  readonly maxRequests?: number;
};

/** Made by `networkAccess`, once for many evaluations. */
export type NetworkAccess = Readonly<Required<Omit<NetworkOptions, 'allow'>>> & { readonly allow: AllowList };

/** A decision waits for what is asked, and keeps it in memory: both are bounded, also where the host names no bounds. */
const DEFAULTS = {
  maxBytes: 1024 * 1024,
  maxTotalBytes: 8 * 1024 * 1024,
  timeoutMilliseconds: 5_000,
  maxRedirects: 10,
  maxRequests: 32,
};

/** The options read, or every host of the list that is none (`rego/bad-allowed-host`). */
export function networkAccess(options: NetworkOptions): Result<NetworkAccess, readonly Problem[]> {
  const allow = parseAllowList(options.allow);
  return allow.ok ? ok({ ...DEFAULTS, ...options, allow: allow.value }) : allow;
}
