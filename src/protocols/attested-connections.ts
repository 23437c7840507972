/** The connections of a Unix socket: each with the process that opened it, bounded per process and per user. */
import type { Socket } from 'node:net';

import { AttestedPeer } from '../identity/attestation/attested-peer.ts';
import type { DigestExecutable } from '../identity/attestation/executable-digest.ts';
import type { LinuxCalls } from '../identity/attestation/linux-calls.ts';
import { descriptorOf } from '../identity/attestation/peer-credentials.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, type Result } from '../kernel/result.ts';
import type { Refusal } from './refusals.ts';

/** Each costs two descriptors, and services often run with 1024 to 20,000 of them. */
export const MAX_CONNECTIONS = 2048;

/** Leaves room for other users when one opens connections without end; root's workloads share it. */
export const MAX_CONNECTIONS_PER_UID = 1024;

/** A client library opens one; a process may hold several libraries. */
export const MAX_CONNECTIONS_PER_PROCESS = 16;

export class AttestedConnections implements Disposable {
  readonly #perProcess: number;
  readonly #calls: LinuxCalls;
  readonly #digest: DigestExecutable;
  readonly #open = new Map<string, { readonly peer: AttestedPeer; readonly socket: Socket }>();
  #count = 0;

  constructor(calls: LinuxCalls, digest: DigestExecutable, perProcess: number = MAX_CONNECTIONS_PER_PROCESS) {
    this.#perProcess = perProcess;
    this.#calls = calls;
    this.#digest = digest;
  }

  /**
   * In the turn in which it was accepted. The socket is destroyed when it is refused, and when the process that opened
   * it ends, whoever inherited it. Codes: those of `AttestedPeer.of`, `socket/too-many-connections`.
   */
  accept(socket: Socket): Result<AttestedPeer, Refusal> {
    // Whatever goes wrong on a connection ends it; the close that follows is where it is cleaned up.
    socket.on('error', () => {});
    const peer = this.#admit(socket);
    if (!peer.ok) {
      socket.destroy();
      return peer;
    }
    this.#count += 1;
    const name = `workload-${this.#count}`;
    // grpc-js tells a call's connection by this name alone, and a server of HTTP hands it on.
    Object.defineProperty(socket, 'remoteAddress', { value: name });
    this.#open.set(name, { peer: peer.value, socket });
    socket.once('close', () => {
      this.#open.delete(name);
      peer.value[Symbol.dispose]();
    });
    peer.value.onExit(() => socket.destroy());
    return peer;
  }

  /** By `call.getPeer()` or `socket.remoteAddress`; undefined once it closed. */
  peerOf(name: string | undefined): AttestedPeer | undefined {
    return name === undefined ? undefined : this.#open.get(name)?.peer;
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #admit(socket: Socket): Result<AttestedPeer, Refusal> {
    const fd = descriptorOf(socket);
    if (fd === undefined) return err({ ...CLOSED_AT_ONCE, pid: -1, uid: -1 });
    const { pid, uid } = this.#calls.credentialsOfPeer(fd);
    const problem = this.#problemOf(pid, uid);
    if (problem !== undefined) return err({ ...problem, pid, uid });
    const peer = AttestedPeer.of(this.#calls, this.#digest, fd);
    return peer.ok ? peer : err({ ...peer.problem, pid, uid });
  }

  #problemOf(pid: number, uid: number): Problem | undefined {
    let ofProcess = 0;
    let ofUser = 0;
    for (const { peer } of this.#open.values()) {
      if (peer.pid === pid) ofProcess += 1;
      if (peer.uid === uid) ofUser += 1;
    }
    if (this.#open.size >= MAX_CONNECTIONS) return tooMany(`there are ${MAX_CONNECTIONS} connections`);
    if (ofProcess >= this.#perProcess) return tooMany(`process ${pid} has ${ofProcess} connections`);
    if (ofUser >= MAX_CONNECTIONS_PER_UID) return tooMany(`uid ${uid} has ${ofUser} connections`);
    return undefined;
  }
}

const CLOSED_AT_ONCE: Problem = { code: 'attestation/no-process', message: 'the connection closed at once' };

function tooMany(message: string): Problem {
  const hint = 'let the workload keep one connection open instead of making one per request';
  return { code: 'socket/too-many-connections', message: `${message}, the most that are allowed`, hint };
}
