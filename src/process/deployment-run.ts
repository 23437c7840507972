/** A deployment that runs: identity, decisions, proxies, protocols and processes, started in order. */
import type { Attachment } from '../decision/snapshot.ts';
import { credentialsOfPeer, descriptorOf } from '../identity/attestation/peer-credentials.ts';
import { TrackedProcess } from '../identity/attestation/process-tree.ts';
import { systemTimers } from '../identity/timers.ts';
import { parseEventId } from '../kernel/event-id.ts';
import type { Actor } from '../kernel/ledger-event.ts';
import { type Problem, ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { AdminOperations, Names, Status } from '../protocols/admin/contract.ts';
import { serveAdmin } from '../protocols/admin/server.ts';
import { serveAccessApi } from '../protocols/authzen/server.ts';
import { serveWorkloadApi } from '../protocols/spiffe-workload/server.ts';
import { type ControlPlane, need, openControlPlane } from './control-plane.ts';
import type { Deployment } from './find-deployment.ts';
import { announceInstance, runningInstances } from './instances.ts';
import { explainEvent } from './offline.ts';
import { PolicySync, readPolicies } from './policy-sync.ts';
import { ProcessSupervisor } from './process-supervisor.ts';
import { sourceOf, WorkloadHost } from './workload-host.ts';

/** What a person or a test wants to see while it runs. */
export type Audience = {
  readonly entry: (entry: LedgerEntry) => void;
  readonly problem: (problem: Problem) => void;
  readonly output: (workload: string, line: string) => void;
  readonly ended: (workload: string, ok: boolean) => void;
  readonly leftovers: (workloads: readonly string[]) => void;
};

export type RunEnvironment = {
  readonly version: string;
  readonly uid: number;
  /** What workloads inherit. */
  readonly variables: NodeJS.ProcessEnv;
  /** Where running deployments are noted; undefined where nothing suitable is. */
  readonly instances: string | undefined;
};

type Parts = { readonly deployment: Deployment; readonly audience: Audience; readonly environment: RunEnvironment };

export class DeploymentRun implements AsyncDisposable {
  readonly deployment: Deployment;
  readonly #audience: Audience;
  readonly #environment: RunEnvironment;
  readonly #plane: ControlPlane;
  readonly #stack = new AsyncDisposableStack();
  readonly #hosts: WorkloadHost[] = [];
  readonly #supervisor: ProcessSupervisor;
  readonly #operator: Actor;
  readonly #startedAt: number;

  private constructor({ deployment, audience, environment }: Parts, plane: ControlPlane) {
    this.deployment = deployment;
    this.#audience = audience;
    this.#environment = environment;
    this.#plane = this.#stack.use(plane);
    this.#stack.defer(plane.ledger.onAppended((entries) => entries.forEach(audience.entry)));
    this.#operator = { type: 'operator', id: `uid:${environment.uid}` };
    this.#startedAt = plane.clock.now();
    this.#supervisor = new ProcessSupervisor({
      ...{ plane, deployment, hosts: this.#hosts, operator: this.#operator, variables: environment.variables },
      ...{ onProblem: audience.problem, onOutput: audience.output, onEnd: audience.ended },
    });
  }

  /**
   * Everything but the workloads' processes: identities issued, proxies and protocols up. The problems, when it
   * cannot; then everything is closed again.
   */
  static async start(parts: Parts): Promise<Result<DeploymentRun, readonly Problem[]>> {
    const { deployment, audience, environment } = parts;
    // Looked at before anything is made, so that a wrong folder leaves nothing behind.
    const policies = readPolicies(deployment);
    if (!policies.ok) return err([policies.problem]);
    let run: DeploymentRun | undefined;
    try {
      const { declaration, state } = deployment;
      run = new DeploymentRun(parts, await openControlPlane({ declaration, state, onProblem: audience.problem }));
      const problems = await run.#open();
      if (problems.length === 0) return ok(run);
      await run[Symbol.asyncDispose]();
      return err(problems);
    } catch (error) {
      await run?.[Symbol.asyncDispose]();
      if (!(error instanceof ProblemError)) throw error;
      return err([inContext(error.problem, deployment, environment)]);
    }
  }

  async #open(): Promise<readonly Problem[]> {
    const { directory, declaration, state } = this.deployment;
    const { version, instances } = this.#environment;
    await this.#recordLife(version);
    const cleared = this.#supervisor.clearLeftovers();
    if (cleared.length > 0) this.#audience.leftovers(cleared);
    const sync = await PolicySync.start({
      ...{ plane: this.#plane, deployment: this.deployment, operator: this.#operator },
      onProblem: this.#audience.problem,
    });
    if (!sync.ok) return sync.problem;
    this.#stack.use(sync.value);
    for (const workload of declaration.workloads.values()) {
      this.#hosts.push(this.#stack.use(await WorkloadHost.open(this.#plane, workload, this.#audience.problem)));
    }
    for (const host of this.#hosts) await host.openOutbound((service) => this.#inboundOf(service));
    await this.#serveProtocols();
    this.#stack.defer(announceInstance(instances, { directory, adminSocket: state.adminSocket, pid: process.pid }));
    return [];
  }

  async #recordLife(version: string): Promise<void> {
    const { ledger, event } = this.#plane;
    const { directory } = this.deployment;
    await ledger.record(event('server.started', this.#operator, { directory, version }), 'required');
    this.#stack.defer(async () => {
      await ledger.record(event('server.stopped', this.#operator, {}), 'required').catch(() => undefined);
    });
  }

  #inboundOf(service: string): { readonly host: WorkloadHost; readonly port: number } {
    const host = this.#hosts.find(({ workload }) => workload.name === service);
    // INVARIANT (declaration): every service that is called without an address is declared and serves.
    if (host?.inboundPort === undefined) throw new Error(`no inbound proxy for ${service}`);
    return { host, port: host.inboundPort };
  }

  async #serveProtocols(): Promise<void> {
    const { clock, random, calls, registry, bundles, ledger, decisionPoint } = this.#plane;
    const { state } = this.deployment;
    const local = { registry, calls, clock, random, timers: systemTimers, record: ledger.record };
    const workloadApi = await serveWorkloadApi({
      socketPath: state.workloadApiSocket,
      ...{ ...local, bundles },
      svidsFor: (entry) => Promise.resolve(need(sourceOf(this.#hosts, entry.id))),
    });
    this.#stack.use(need(workloadApi));
    const accessApi = await serveAccessApi({
      ...{ ...local, socketPath: state.accessSocket },
      decide: decisionPoint.decide,
    });
    this.#stack.use(need(accessApi));
    const admin = await serveAdmin({
      socketPath: state.adminSocket,
      operations: this.#adminOperations(),
      ownUid: this.#environment.uid,
      peerOf: (socket) => {
        const fd = descriptorOf(socket);
        const peer = fd === undefined ? undefined : credentialsOfPeer(calls, fd);
        if (peer?.ok !== true) return undefined;
        const { pid, uid } = peer.value;
        peer.value.process[Symbol.dispose]();
        return { pid, uid };
      },
    });
    this.#stack.defer(admin.close);
  }

  #adminOperations(): AdminOperations {
    const { records, ledger } = this.#plane;
    const { state } = this.deployment;
    return {
      status: () => this.status(),
      explain: async (text) => {
        const id = parseEventId(text);
        if (!id.ok) return id.problem;
        // What was decided a moment ago may be queued still.
        await ledger.flush();
        return explainEvent(state.ledger, id.value, records, this.names);
      },
      decide: async (request, uid) => {
        const { decision } = await this.#plane.decisionPoint.decide(request, { type: 'operator', id: `uid:${uid}` });
        const { id, effect, reasons, obligations } = decision;
        return { id, effect, reasons, obligations };
      },
      follow: (listener) => ledger.onAppended((entries) => entries.forEach(listener)),
      join: (name, pid) => this.#join(name, pid),
    };
  }

  /** `countersign run`: the kernel said that the caller is `pid`, and so it and what descends from it is the workload. */
  async #join(name: string, pid: number): ReturnType<AdminOperations['join']> {
    const host = this.#hosts.find(({ workload }) => workload.name === name);
    if (host === undefined) {
      const hint = `declared are: ${this.#hosts.map(({ workload }) => workload.name).join(', ')}`;
      return { code: 'admin/no-such-workload', message: `no workload \`${name}\` is declared`, hint };
    }
    const refusal = problemOfJoining(host);
    if (refusal !== undefined) return refusal;
    const tracked = TrackedProcess.track(this.#plane.calls, pid);
    if (!tracked.ok) return tracked.problem;
    const admitted = host.admit(tracked.value);
    const leave = (): void => {
      if (admitted.ok) admitted.value();
      tracked.value[Symbol.dispose]();
    };
    if (!admitted.ok) {
      leave();
      return admitted.problem;
    }
    const { ledger, event } = this.#plane;
    const { id } = host.workload;
    await ledger.record(event('workload.started', this.#operator, { name, id, pid, by: 'run' }), 'required');
    return { id, environment: host.environment(this.deployment.state), leave };
  }

  /** Starts the workloads' own processes, in the background. */
  startProcesses(): void {
    this.#supervisor.start();
  }

  /** Ends every process at once, when there is no time to ask them. */
  killProcesses(): void {
    this.#supervisor.kill();
  }

  get names(): Names {
    return Object.fromEntries(this.#hosts.map(({ workload }) => [workload.id, workload.name]));
  }

  get attachments(): readonly Attachment[] {
    return this.#plane.decisionPoint.snapshot.attachments;
  }

  get warnings(): readonly Problem[] {
    return this.#plane.decisionPoint.snapshot.warnings;
  }

  status(): Status {
    const { directory, declaration, state } = this.deployment;
    const { ledger, decisionPoint } = this.#plane;
    return {
      version: this.#environment.version,
      directory,
      trustDomain: declaration.trustDomain,
      pid: process.pid,
      startedAt: this.#startedAt,
      revision: decisionPoint.snapshot.revision,
      ledger: { directory: state.ledger, entries: ledger.size },
      workloadApi: `unix://${state.workloadApiSocket}`,
      accessApi: state.accessSocket,
      workloads: this.#hosts.map((host) => host.status()),
    };
  }

  /** Stops every process it started, then what they were served by, in the reverse of the order of starting. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

function problemOfJoining(host: WorkloadHost): Problem | undefined {
  const { name, attestation, command } = host.workload;
  if (attestation.kind !== 'started') {
    const message = `\`${name}\` is recognised by ${host.status().attestation}, not by being started`;
    const hint = 'take `attest` out of its declaration to run it like this';
    return { code: 'admin/not-started-by-us', message, hint };
  }
  if (command === undefined) return undefined;
  const message = `\`${name}\` has a command of its own, which \`up\` starts`;
  const hint = 'declare another workload without a `command`, and run yours as that';
  return { code: 'admin/started-by-up', message, hint };
}

/** The store's lock is how a second start is noticed; an operator thinks of deployments, not of stores. */
function inContext(problem: Problem, { directory }: Deployment, { instances }: RunEnvironment): Problem {
  if (problem.code !== 'records/in-use') return problem;
  const other = runningInstances(instances).find((instance) => instance.directory === directory);
  const who = other === undefined ? 'another process' : `process ${other.pid}`;
  const message = `\`${directory}\` runs already, in ${who}`;
  const hint = 'use that one (`countersign identities` shows what it does), or stop it first; nothing was changed';
  return { code: 'up/already-running', message, hint };
}
