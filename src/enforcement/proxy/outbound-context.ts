/** What an outbound proxy is started with, and what all of its connections share. */
import type { TLSSocket } from 'node:tls';

import type { BundleSource } from '../../identity/trust-bundle.ts';
import type { SvidSource } from '../../identity/x509-svid.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RecordEvent } from '../../kernel/ports.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { Journal } from './journal.ts';
import type { ProxyLimits } from './limits.ts';
import type { ListenAddress } from './listener.ts';

/** Whether the process at the other end of a connection, as the proxy sees it, is the workload. A rejection is a no. */
export type AllowCaller = (connection: {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}) => boolean | Promise<boolean>;

export type OutboundProxyOptions = {
  /** On loopback: what is called here is called in the workload's name. */
  readonly listen: ListenAddress;
  readonly upstream: { readonly host: string; readonly port: number };
  /** The only identity that the other end may prove. */
  readonly expected: SpiffeId;
  readonly svids: SvidSource;
  readonly bundles: BundleSource;
  readonly allowCaller: AllowCaller;
  readonly record: RecordEvent;
  readonly clock: Clock;
  /** Fills that many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array;
  /** Told of what could not be recorded. */
  readonly onProblem?: (problem: Problem) => void;
  readonly limits?: Partial<ProxyLimits>;
};

export type OutboundContext = Pick<
  OutboundProxyOptions,
  'upstream' | 'expected' | 'svids' | 'bundles' | 'allowCaller' | 'clock'
> & {
  readonly limits: ProxyLimits;
  readonly journal: Journal;
  readonly connectUpstream: () => TLSSocket;
};
