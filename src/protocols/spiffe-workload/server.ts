/** Serves the SPIFFE Workload API on a Unix socket (SPIFFE Workload Endpoint, SPIFFE Workload API: X.509 profile). */
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js';

import { createExecutableDigest } from '../../identity/attestation/executable-digest.ts';
import type { LinuxCalls } from '../../identity/attestation/linux-calls.ts';
import type { Registration } from '../../identity/attestation/registration.ts';
import type { Registry } from '../../identity/attestation/registry.ts';
import type { BundleSource } from '../../identity/trust-bundle.ts';
import type { SvidSource } from '../../identity/x509-svid.ts';
import { type Problem, ProblemError } from '../../kernel/problem.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { AttestedConnections } from '../attested-connections.ts';
import { type GrpcHandlers, serviceDefinition } from '../grpc-service.ts';
import { Refusals, type RefusalsOptions } from '../refusals.ts';
import { listenForEveryone } from '../unix-listener.ts';
import { endedMeanwhile, entitlementOf, missingHeader } from './entitlement.ts';
import { endWith, sendFullState, type StreamEnd, type StreamState } from './full-state-stream.ts';
import { SpiffeWorkloadAPI, X509BundlesResponseSchema, X509SVIDResponseSchema } from './generated/workload_pb.js';
import { x509BundlesResponse, x509SvidResponse } from './messages.ts';
import { SvidWatch } from './svid-watch.ts';

export type WorkloadApiOptions = RefusalsOptions & {
  /** Absolute, at most 107 bytes. */
  readonly socketPath: string;
  readonly registry: Registry;
  /** The same source for the same entry each time, for it is asked on each change; rejects when none can be made. */
  readonly svidsFor: (entry: Registration) => Promise<SvidSource>;
  readonly bundles: BundleSource;
  readonly calls: LinuxCalls;
};

export type WorkloadApi = AsyncDisposable & {
  /** Ends every stream and connection, and removes the socket. */
  readonly close: () => Promise<void>;
};

/** Requests of this service are empty; the room is for fields that a later version of the standard adds. */
const MAX_REQUEST_BYTES = 16 * 1024;

/** A client keeps two streams, one for SVIDs and one for bundles; several libraries may share a connection. */
const MAX_STREAMS_PER_CONNECTION = 16;

/** A connection without a stream is of no use to its client; it may come back. */
const MAX_IDLE_MS = 5 * 60_000;

const UNAVAILABLE: StreamEnd = { code: status.UNAVAILABLE, details: 'the identity cannot be issued now' };
const BUNDLES_UNAVAILABLE: StreamEnd = { code: status.UNAVAILABLE, details: 'no trust bundle yet' };

/** Codes: those of `listenForEveryone`. */
export async function serveWorkloadApi(options: WorkloadApiOptions): Promise<Result<WorkloadApi>> {
  const refusals = new Refusals(options);
  const connections = new AttestedConnections(options.calls, createExecutableDigest());
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_concurrent_streams': MAX_STREAMS_PER_CONNECTION,
    'grpc.max_connection_idle_ms': MAX_IDLE_MS,
  });
  server.addService(serviceDefinition(SpiffeWorkloadAPI), handlers(options, connections, refusals));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = await listenForEveryone(options.socketPath, (socket) => {
    const peer = connections.accept(socket);
    if (peer.ok) injector.injectConnection(socket);
    else refusals.note(peer.problem);
  });
  if (!listener.ok) {
    server.forceShutdown();
    return listener;
  }
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => listener.value.close(() => resolve()));
    injector.destroy();
    server.forceShutdown();
    connections[Symbol.dispose]();
    await closed;
    refusals[Symbol.dispose]();
  };
  return ok({ close, [Symbol.asyncDispose]: close });
}

function handlers(
  options: WorkloadApiOptions,
  connections: AttestedConnections,
  refusals: Refusals,
): GrpcHandlers<typeof SpiffeWorkloadAPI> {
  const { registry, bundles } = options;

  /** Answers a call with the full state that `read` makes for what the caller is entitled to. */
  const answer = async <D extends DescMessage>(
    call: ServerWritableStream<unknown, MessageShape<D>>,
    schema: D,
    read: (entries: readonly Registration[]) => Promise<MessageShape<D> | StreamEnd>,
    onChange: (listener: () => void) => () => void,
  ): Promise<void> => {
    const bad = missingHeader(call.metadata);
    if (bad !== undefined) return endWith(call, bad);
    const peer = connections.peerOf(call.getPeer());
    if (peer === undefined) return endWith(call, UNAVAILABLE);
    await sendFullState<MessageShape<D>>(call, {
      read: async (): Promise<StreamState<MessageShape<D>>> => {
        let entitlement = await entitlementOf(peer, registry);
        if (entitlement.kind === 'entitled') {
          const found = await read(entitlement.entries);
          if (isEnd(found)) return { kind: 'end', end: found };
          if (entitlement.caller.isAlive()) return { kind: 'state', message: found };
          entitlement = endedMeanwhile(peer);
        }
        refusals.note(entitlement.refusal);
        return { kind: 'end', end: entitlement.end };
      },
      onChange: (listener) => {
        const undo = [registry.onChange(listener), bundles.onChange(listener), onChange(listener)];
        return () => undo.forEach((each) => each());
      },
      serialise: (message) => toBinary(schema, message),
      fault: (cause) => {
        const { code, message } = problemOf(cause);
        refusals.note({ code, message, uid: peer.uid, pid: peer.pid });
        return UNAVAILABLE;
      },
    });
  };

  return {
    fetchX509SVID: (call) => {
      const watch = new SvidWatch(options.svidsFor);
      const read = async (entries: readonly Registration[]) => {
        const svids = await watch.current(entries);
        return x509SvidResponse(svids, bundles.all()) ?? BUNDLES_UNAVAILABLE;
      };
      void answer(call, X509SVIDResponseSchema, read, (listener) => watch.onRotation(listener));
    },
    fetchX509Bundles: (call) => {
      const read = () => Promise.resolve(x509BundlesResponse(bundles.all()));
      void answer(call, X509BundlesResponseSchema, read, () => () => {});
    },
  };
}

/** The words of an unknown error may hold anything; those of a problem hold no secret. */
function problemOf(cause: unknown): Problem {
  if (cause instanceof ProblemError) return cause.problem;
  return { code: 'workload-api/fault', message: 'an identity could not be made: an unexpected error' };
}

function isEnd(value: object): value is StreamEnd {
  return 'details' in value;
}
