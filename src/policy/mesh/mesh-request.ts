/** What the mesh layer is asked: may this connection, or this HTTP request on it, reach the workload? */
import type { SpiffeId } from '../../kernel/spiffe-id.ts';

/** The part of an HTTP request that policies speak of. */
export type MeshHttp = {
  readonly method: string;
  /** Without the query, and normalised by `normalizePath`. */
  readonly path: string;
  /** As the caller sent it, with its port if it had one. */
  readonly host: string;
};

export type MeshRequest = {
  /** The verified identity of the caller; absent when it proved none. */
  readonly principal?: SpiffeId;
  /** Whether the caller came over mutual TLS with a certificate that verified. */
  readonly mtls: boolean;
  /** The address of the direct peer, IPv4 or IPv6; an IPv4-mapped IPv6 address counts as the IPv4 address in it. */
  readonly sourceIp: string;
  /** The port of the workload itself, not of a service in front of it. */
  readonly destinationPort: number;
  /** The server name of the TLS handshake, if the caller sent one. */
  readonly sni?: string;
  readonly protocol: 'http' | 'tcp';
  /** Absent for a TCP connection, and for a connection to an HTTP port before its first request. */
  readonly http?: MeshHttp;
};

/**
 * What is known of the request when it is judged. `http`: everything. `tcp`: there is no HTTP, and never will be.
 * `connection`: there will be HTTP requests, and nothing is known of them yet.
 */
export type Phase = 'http' | 'tcp' | 'connection';

export function phaseOf(request: MeshRequest): Phase {
  if (request.http !== undefined) return 'http';
  return request.protocol === 'tcp' ? 'tcp' : 'connection';
}
