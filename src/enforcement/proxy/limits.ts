/** What the proxy bounds, and why each bound is where it is. */

/** Envoy takes 60 KiB, Node's own server 16 KiB: room for a cookie jar and a bearer token, and no more. */
export const MAX_HEAD_BYTES: number = 32 * 1024;

/** Envoy's default is 100; each field costs a comparison in every hop behind this one. */
export const MAX_HEAD_FIELDS = 128;

/** A chunk's size line: 16 hex digits and an extension that nobody uses; longer ones were attacks. */
export const MAX_CHUNK_LINE_BYTES = 256;

/** The trailers of one body: checksums and timings. */
export const MAX_TRAILER_BYTES: number = 8 * 1024;

/** The body of a refused request that is read and dropped to keep the connection: cheaper than a handshake. */
export const MAX_DRAIN_BYTES: number = 64 * 1024;

/** A socket whose other side has ended may take this long between two writes of what is left. */
export const MAX_FLUSH_PAUSE_MS = 60_000;

/** How often deadlines and certificates are looked at: a deadline is late by at most this. */
export const MAX_SWEEP_INTERVAL_MS = 1000;

export type ProxyLimits = {
  /** Each costs about 60 KB with TLS; a process serves one workload. */
  readonly maxConnections: number;
  /** From accept to the end of the handshake, and for a caller's first byte. */
  readonly handshakeTimeoutMs: number;
  /** From the first byte of a request's head to its last: what ends a slow sender of heads. */
  readonly headTimeoutMs: number;
  /** Between two requests on a kept connection; longer than what clients and load balancers keep by default. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte in either direction, while a request or a stream is open. */
  readonly idleTimeoutMs: number;
  /** For a decision, a connection to the app or to the upstream. */
  readonly connectTimeoutMs: number;
  /** For reading what a refused caller still sends, so that it can read its refusal. */
  readonly lingerTimeoutMs: number;
};

export const DEFAULT_LIMITS: ProxyLimits = {
  maxConnections: 10_000,
  handshakeTimeoutMs: 10_000,
  headTimeoutMs: 15_000,
  keepAliveTimeoutMs: 180_000,
  idleTimeoutMs: 3_600_000,
  connectTimeoutMs: 10_000,
  lingerTimeoutMs: 2000,
};
