/** The questions that one inbound connection asks, and how an answer stays true while policies change. */
import type { Socket } from 'node:net';

import { type AccessRequest, CONNECT, type Entity, HTTP_REQUEST, WORKLOAD } from '../../kernel/access-request.ts';
import type { Decision } from '../../kernel/decision.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Permit } from '../../kernel/permit.ts';
import type { Decide } from '../../kernel/ports.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { SpiffeId } from '../../kernel/spiffe-id.ts';
import type { RequestHead } from './http1-head.ts';
import { type Peer, subjectOf } from './peer.ts';

export type Protocol = 'http' | 'tcp';

/** The workload behind the proxy, and the port that it is known by: what policies speak of. */
export type Resource = { readonly id: SpiffeId; readonly port: number };

export type Address = { readonly ip: string; readonly port: number };

export type Ruling =
  | { readonly kind: 'permitted'; readonly permit: Permit }
  | { readonly kind: 'denied'; readonly decision: Decision }
  /** No answer that could be acted on; refused as well. */
  | { readonly kind: 'fault'; readonly problem: Problem };

/** Counts the changes after which an answer may be another. */
export type Generation = { readonly current: () => number };

/** The parts of every question of one connection, made once. */
export class Questions {
  readonly #subject: Entity;
  readonly #resource: Entity;
  readonly #protocol: Protocol;
  readonly #surroundings: JsonObject;
  readonly #random: (bytes: number) => Uint8Array;

  constructor(
    from: { readonly peer: Peer; readonly source: Address; readonly localIp: string },
    to: { readonly resource: Resource; readonly protocol: Protocol; readonly random: (bytes: number) => Uint8Array },
  ) {
    const { peer, source } = from;
    const sni = peer.kind !== 'plaintext' && peer.sni !== undefined ? { sni: peer.sni } : {};
    this.#subject = subjectOf(peer);
    this.#resource = { type: WORKLOAD, id: to.resource.id, properties: { port: to.resource.port } };
    this.#protocol = to.protocol;
    this.#random = to.random;
    this.#surroundings = {
      source: { ip: source.ip, port: source.port },
      // The workload's own port, as policies name it; where this proxy happens to listen is nobody's concern.
      destination: { ip: from.localIp, port: to.resource.port },
      connection: { mtls: peer.kind === 'workload', ...sni },
    };
  }

  connect(): AccessRequest {
    return this.#question({ name: CONNECT, properties: { protocol: this.#protocol } }, undefined);
  }

  request({ method, path, host, protocol, traceparent }: RequestHead): AccessRequest {
    return this.#question({ name: HTTP_REQUEST, properties: { method, path, host, protocol } }, traceparent);
  }

  #question(action: AccessRequest['action'], traceparent: string | undefined): AccessRequest {
    const traceId = traceIdOf(traceparent) ?? Buffer.from(this.#random(16)).toString('hex');
    const { source, destination, connection } = this.#surroundings as Required<JsonObject>;
    const context = { source, destination, connection, traceId } as JsonObject;
    return { subject: this.#subject, action, resource: this.#resource, context };
  }
}

/** Trace Context §3.2.2: the trace-id of a `traceparent` of any version but `ff`; undefined when it is malformed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined;
  // Version 00 ends with the flags; later versions may add to it.
  if (traceparent.startsWith('00') && traceparent.length > 55) return undefined;
  return traceparent.slice(3, 35);
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/u;

export function traceIdIn(question: AccessRequest | undefined): string | undefined {
  const traceId = question?.context['traceId'];
  return typeof traceId === 'string' ? traceId : undefined;
}

/**
 * Asks until no change happened between question and answer, and has `act` called in the same turn as the last look,
 * so that an answer from before a change is never acted on after it. An obligation that this enforcement point does
 * not know is a refusal.
 */
export async function ask(
  decide: Decide,
  request: AccessRequest,
  generation: Generation,
  act: (ruling: Ruling) => void,
): Promise<void> {
  for (;;) {
    const asked = generation.current();
    const ruling = await rule(decide, request);
    if (asked === generation.current()) return act(ruling);
  }
}

async function rule(decide: Decide, request: AccessRequest): Promise<Ruling> {
  try {
    const answer = await decide(request);
    if (answer.kind === 'denied') return answer;
    const [obligation] = answer.permit.obligations;
    return obligation === undefined ? answer : { kind: 'fault', problem: unknownObligation(obligation.kind) };
  } catch (error) {
    const message = `the decision point failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'fault', problem: { code: 'proxy/no-decision', message } };
  }
}

function unknownObligation(kind: string): Problem {
  return {
    code: 'proxy/unknown-obligation',
    message: `the policy demands \`${kind}\` of whoever forwards, which this proxy cannot do`,
    hint: 'let an enforcement point that knows the obligation stand before this workload, or drop it from the policy',
  };
}

/** An IPv4 address in its own spelling, although the socket listens for IPv6 too. */
export function addressOf(socket: Socket): Address {
  return { ip: plainIp(socket.remoteAddress), port: socket.remotePort ?? 0 };
}

export function plainIp(ip: string | undefined): string {
  return ip?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/u, '') ?? '';
}
