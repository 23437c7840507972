/** The process at the other end of a Unix connection, asked anew on each call who it is. */
import type { Result } from '../../kernel/result.ts';
import type { DigestExecutable } from './executable-digest.ts';
import type { LinuxCalls } from './linux-calls.ts';
import { credentialsOfPeer, type PeerCredentials } from './peer-credentials.ts';
import { digestOfPeer, type ProcessFacts, readProcessFacts } from './process-facts.ts';

/** A caller as it is now; hold it for one answer only. */
export type Caller = ProcessFacts & {
  /** Lower case hex; read when a registration asks for it, for it costs a look at the whole program once. */
  readonly sha256: () => Promise<Result<string>>;
  /** The last look before an answer leaves (INVARIANT pid reuse). */
  readonly isAlive: () => boolean;
};

export class AttestedPeer implements Disposable {
  readonly #credentials: PeerCredentials;
  readonly #digest: DigestExecutable;

  private constructor(credentials: PeerCredentials, digest: DigestExecutable) {
    this.#credentials = credentials;
    this.#digest = digest;
  }

  /** In the turn in which the connection was accepted; the codes of `credentialsOfPeer`. */
  static of(calls: LinuxCalls, digest: DigestExecutable, fd: number): Result<AttestedPeer> {
    const credentials = credentialsOfPeer(calls, fd);
    return credentials.ok ? { ok: true, value: new AttestedPeer(credentials.value, digest) } : credentials;
  }

  get pid(): number {
    return this.#credentials.pid;
  }

  get uid(): number {
    return this.#credentials.uid;
  }

  /** On every RPC and before every push; the codes of `readProcessFacts`. */
  async caller(): Promise<Result<Caller>> {
    const facts = await readProcessFacts(this.#credentials);
    if (!facts.ok) return facts;
    const sha256 = (): Promise<Result<string>> => digestOfPeer(this.#credentials, this.#digest);
    return { ok: true, value: { ...facts.value, sha256, isAlive: () => this.#credentials.process.isAlive() } };
  }

  /** As `ProcessHandle.onExit`: a connection outlives its process when a child inherited it. */
  onExit(listener: () => void): () => void {
    return this.#credentials.process.onExit(listener);
  }

  [Symbol.dispose](): void {
    this.#credentials.process[Symbol.dispose]();
  }
}
