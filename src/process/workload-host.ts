/** A declared workload on this machine: its identity kept fresh, and its proxies in both directions. */
import { type InboundProxy, startInboundProxy } from '../enforcement/proxy/inbound.ts';
import { type OutboundProxy, startOutboundProxy } from '../enforcement/proxy/outbound.ts';
import type { TrackedProcess } from '../identity/attestation/process-tree.ts';
import type { Attest, Registration } from '../identity/attestation/registration.ts';
import { createSvidSource, type RenewingSvidSource } from '../identity/svid-source.ts';
import { systemTimers } from '../identity/timers.ts';
import type { Workload } from '../inventory/workload.ts';
import type { Problem } from '../kernel/problem.ts';
import { ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SpiffeId } from '../kernel/spiffe-id.ts';
import type { WorkloadStatus } from '../protocols/admin/contract.ts';
import { type ControlPlane, need } from './control-plane.ts';
import { problemOfPort } from './listening-port.ts';
import { LOOPBACK } from './loopback.ts';
import { callerCheck } from './outbound-caller.ts';
import type { StateDirectory } from './state-directory.ts';

export class WorkloadHost implements AsyncDisposable {
  readonly workload: Workload;
  readonly svids: RenewingSvidSource;
  readonly #plane: ControlPlane;
  readonly #stack: AsyncDisposableStack;
  readonly #processes = new Map<Registration, TrackedProcess>();
  #inbound: InboundProxy | undefined;
  #ended: 'finished' | 'failed' | undefined;

  private constructor(plane: ControlPlane, workload: Workload, svids: RenewingSvidSource, stack: AsyncDisposableStack) {
    this.workload = workload;
    this.svids = svids;
    this.#plane = plane;
    this.#stack = stack;
  }

  /** Issues the identity and starts the inbound proxy. @throws ProblemError what stands in the way. */
  static async open(
    plane: ControlPlane,
    workload: Workload,
    onProblem: (problem: Problem) => void,
  ): Promise<WorkloadHost> {
    const stack = new AsyncDisposableStack();
    try {
      const { authority, clock, random } = plane;
      const { id, svidTtlSeconds: ttlSeconds } = workload;
      const options = { authority, id, ttlSeconds, clock, timers: systemTimers, random, onProblem };
      const svids = stack.use(need(await createSvidSource(options)));
      const host = new WorkloadHost(plane, workload, svids, stack);
      if (workload.attestation.kind === 'unix')
        need(plane.registry.add({ id, ttlSeconds, attest: workload.attestation }));
      await host.#openInbound();
      return host;
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  async #openInbound(): Promise<void> {
    const { serves, name, id } = this.workload;
    if (serves === undefined) return;
    const { clock, random, bundles, ledger, decisionPoint } = this.#plane;
    await this.#needPort(serves.listen, `\`${name}\`'s proxy (serves.listen)`);
    this.#inbound = this.#stack.use(
      await startInboundProxy({
        listen: { host: LOOPBACK, port: serves.listen },
        app: { host: LOOPBACK, port: serves.port },
        protocol: serves.protocol,
        resource: { id, port: serves.port },
        ...{ svids: this.svids, bundles, clock, random, record: ledger.record },
        decide: decisionPoint.decide,
        onDecisionsChanged: decisionPoint.onChanged,
      }),
    );
  }

  /**
   * Starts a listener for each service that the workload calls. `inboundOf` gives where a declared service takes
   * mutual TLS, so every host's `open` comes before. @throws ProblemError
   */
  async openOutbound(
    inboundOf: (service: string) => { readonly host: WorkloadHost; readonly port: number },
  ): Promise<void> {
    const { clock, random, bundles, ledger } = this.#plane;
    for (const { service, port, elsewhere } of this.workload.calls) {
      await this.#needPort(port, `the way from \`${this.workload.name}\` to \`${service}\``);
      const target = elsewhere ?? declaredTarget(inboundOf(service));
      const proxy: OutboundProxy = await startOutboundProxy({
        listen: { host: LOOPBACK, port },
        upstream: { host: target.host, port: target.port },
        expected: target.id,
        ...{ svids: this.svids, bundles, clock, random, record: ledger.record },
        allowCaller: callerCheck(this.#plane, this.workload, () => [...this.#processes.values()]),
      });
      this.#stack.use(proxy);
    }
  }

  async #needPort(port: number, what: string): Promise<void> {
    const problem = port === 0 ? undefined : await problemOfPort(LOOPBACK, port, what);
    if (problem !== undefined) throw new ProblemError(problem);
  }

  /** From now on the process and its descendants are this workload. Returns the function that ends it. */
  admit(process: TrackedProcess): Result<() => void> {
    const { id, svidTtlSeconds: ttlSeconds } = this.workload;
    const attest: Attest = { kind: 'started', process };
    const added = this.#plane.registry.add({ id, ttlSeconds, attest });
    if (!added.ok) return added;
    const registration = added.value;
    this.#processes.set(registration, process);
    this.#ended = undefined;
    const leave = (): void => {
      this.#processes.delete(registration);
      this.#plane.registry.remove(registration);
    };
    process.onExit(leave);
    return ok(leave);
  }

  /** The process that we started is gone. A job's identity is not renewed for nobody; a service may come back. */
  ended(state: 'finished' | 'failed'): void {
    this.#ended = state;
    if (this.workload.job) void this.svids[Symbol.asyncDispose]();
  }

  /** What the workload's programs find in their environment, beside what the declaration gives them. */
  environment(state: Pick<StateDirectory, 'workloadApiSocket' | 'accessSocket'>): Record<string, string> {
    const { calls, serves, environment } = this.workload;
    const urls = calls.map(({ service, port }): [string, string] => {
      return [`${service.toUpperCase().replaceAll('-', '_')}_URL`, `http://${LOOPBACK}:${port}`];
    });
    return {
      ...(serves === undefined ? {} : { PORT: String(serves.port) }),
      ...Object.fromEntries(urls),
      SPIFFE_ENDPOINT_SOCKET: `unix://${state.workloadApiSocket}`,
      COUNTERSIGN_ACCESS_SOCKET: state.accessSocket,
      ...environment,
    };
  }

  get inboundPort(): number | undefined {
    return this.#inbound?.address.port;
  }

  status(): WorkloadStatus {
    const { name, id, attestation, serves, calls } = this.workload;
    const { serial, notBefore, notAfter } = this.svids.current();
    const running = [...this.#processes.values()].find((process) => process.isAlive());
    return {
      ...{ name, id },
      state: running === undefined ? (this.#ended ?? 'waiting') : 'running',
      ...(running === undefined ? {} : { pid: running.pid }),
      attestation: attestationText(attestation),
      svid: { serial, notBefore, notAfter },
      ...(serves === undefined || this.inboundPort === undefined
        ? {}
        : { inbound: { host: LOOPBACK, port: this.inboundPort, appPort: serves.port } }),
      outbound: calls.map(({ service, port }) => ({ service, port })),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function declaredTarget({ host, port }: { readonly host: WorkloadHost; readonly port: number }): {
  readonly host: string;
  readonly port: number;
  readonly id: SpiffeId;
} {
  return { host: LOOPBACK, port, id: host.workload.id };
}

function attestationText(attestation: Workload['attestation']): string {
  if (attestation.kind === 'started') return 'being started by us';
  const selectors = Object.entries(attestation).filter(([field]) => field !== 'kind');
  return selectors.map(([field, value]) => `${field} ${String(value).slice(0, 40)}`).join(', ');
}

/** For `svidsFor` of the Workload API: the source of a registration's host. */
export function sourceOf(hosts: readonly WorkloadHost[], id: SpiffeId): Result<RenewingSvidSource> {
  const host = hosts.find(({ workload }) => workload.id === id);
  if (host !== undefined) return ok(host.svids);
  return err({ code: 'identity/no-source', message: `no identity is kept for \`${id}\`` });
}
