/** A deployment that runs: identity, decisions, proxies, protocols and processes, started in order. */
import { resolve } from 'node:path';

import { applyDesired } from '../decision/policy-records.ts';
import type { Attachment, PolicyText, Snapshot } from '../decision/snapshot.ts';
import { TrackedProcess } from '../identity/attestation/process-tree.ts';
import { credentialsOfPeer, descriptorOf } from '../identity/attestation/peer-credentials.ts';
import { systemTimers } from '../identity/timers.ts';
import type { Workload } from '../inventory/workload.ts';
import { parseEventId } from '../kernel/event-id.ts';
import type { Actor } from '../kernel/ledger-event.ts';
import { type Problem, ProblemError } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { AdminOperations, Names, Status } from '../protocols/admin/contract.ts';
import { serveAdmin } from '../protocols/admin/server.ts';
import { serveWorkloadApi } from '../protocols/spiffe-workload/server.ts';
import { appTakesConnections } from './app-port.ts';
import { type ControlPlane, need, openControlPlane, problemOf } from './control-plane.ts';
import type { Deployment } from './find-deployment.ts';
import { announceInstance } from './instances.ts';
import { Leftovers } from './leftovers.ts';
import { problemOfPort } from './listening-port.ts';
import { LOOPBACK } from './loopback.ts';
import { explainEvent } from './offline.ts';
import { readPolicyFolder, watchPolicyFolder } from './policy-folder.ts';
import { startWaves } from './start-order.ts';
import { sourceOf, WorkloadHost } from './workload-host.ts';
import { startProcess } from './workload-process.ts';

/** How long the apps of a wave may take until they listen, before the next wave starts all the same. */
const APP_START_MILLISECONDS = 10_000;

/** What a person or a test wants to see while it runs. */
export type Audience = {
  readonly entry: (entry: LedgerEntry) => void;
  readonly problem: (problem: Problem) => void;
  readonly output: (workload: string, line: string) => void;
  readonly jobEnded: (workload: string, ok: boolean) => void;
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

export class DeploymentRun implements AsyncDisposable {
  readonly deployment: Deployment;
  readonly #plane: ControlPlane;
  readonly #stack: AsyncDisposableStack;
  readonly #audience: Audience;
  readonly #environment: RunEnvironment;
  readonly #hosts: WorkloadHost[] = [];
  readonly #leftovers: Leftovers;
  readonly #stopping = new AbortController();
  readonly #operator: Actor;
  readonly #startedAt: number;
  #applying: Promise<void> = Promise.resolve();

  private constructor(
    parts: { readonly deployment: Deployment; readonly audience: Audience; readonly environment: RunEnvironment },
    plane: ControlPlane,
    stack: AsyncDisposableStack,
  ) {
    this.deployment = parts.deployment;
    this.#audience = parts.audience;
    this.#environment = parts.environment;
    this.#plane = plane;
    this.#stack = stack;
    this.#leftovers = new Leftovers(parts.deployment.state.root);
    this.#operator = { type: 'operator', id: `uid:${parts.environment.uid}` };
    this.#startedAt = plane.clock.now();
  }

  /**
   * Everything but the workloads' processes: identities issued, proxies and protocols up. The problems, when it
   * cannot; then everything is closed again.
   */
  static async start(
    deployment: Deployment,
    audience: Audience,
    environment: RunEnvironment,
  ): Promise<Result<DeploymentRun, readonly Problem[]>> {
    const policies = readPolicies(deployment);
    if (!policies.ok) return err([policies.problem]);
    const { declaration, state } = deployment;
    const stack = new AsyncDisposableStack();
    try {
      const plane = stack.use(await openControlPlane({ declaration, state, onProblem: audience.problem }));
      stack.defer(plane.ledger.onAppended((entries) => entries.forEach(audience.entry)));
      const run = new DeploymentRun({ deployment, audience, environment }, plane, stack.move());
      try {
        const problems = await run.#open(policies.value);
        if (problems.length === 0) return ok(run);
        await run[Symbol.asyncDispose]();
        return err(problems);
      } catch (error) {
        await run[Symbol.asyncDispose]();
        throw error;
      }
    } catch (error) {
      await stack.disposeAsync();
      if (!(error instanceof ProblemError)) throw error;
      return err([error.problem]);
    }
  }

  async #open(policies: readonly PolicyText[]): Promise<readonly Problem[]> {
    const { directory, declaration } = this.deployment;
    const { ledger, event } = this.#plane;
    await ledger.record(
      event('server.started', this.#operator, { directory, version: this.#environment.version }),
      'required',
    );
    this.#stack.defer(async () => {
      await ledger.record(event('server.stopped', this.#operator, {}), 'required').catch(() => undefined);
    });
    const cleared = this.#leftovers.clear();
    if (cleared.length > 0) this.#audience.leftovers(cleared);
    const applied = await this.#apply(policies);
    if (!applied.ok) return applied.problem;
    await this.#followPolicies();
    for (const workload of declaration.workloads.values()) {
      const host = await WorkloadHost.open(this.#plane, workload, this.#audience.problem);
      this.#hosts.push(this.#stack.use(host));
    }
    for (const host of this.#hosts) await host.openOutbound((service) => this.#inboundOf(service));
    await this.#serveProtocols();
    this.#stack.defer(
      announceInstance(this.#environment.instances, {
        directory,
        adminSocket: this.deployment.state.adminSocket,
        pid: process.pid,
      }),
    );
    return [];
  }

  async #apply(policies: readonly PolicyText[]): Promise<Result<void, readonly Problem[]>> {
    const { trustDomain, workloads } = this.deployment.declaration;
    const { records, ledger, event } = this.#plane;
    const desired = { trustDomain, policies, workloads: [...workloads.values()] };
    const applied = await applyDesired(records, desired, async (change) => {
      const summary = changeSummary(change);
      const revision = await records.revision();
      await ledger.record(event('policy.changed', this.#operator, { ...change, after: revision, summary }), 'required');
    });
    return applied.ok ? ok(undefined) : applied;
  }

  async #followPolicies(): Promise<void> {
    const { follow, decisionPoint } = this.#plane;
    const first = Promise.withResolvers<Snapshot>();
    follow((snapshot) => first.resolve(snapshot));
    // Everything that was ever applied is in the records: the watch from revision 0 brings the newest at once.
    if (decisionPoint.snapshot.tiers.length === 0) await first.promise;
    this.#stack.defer(watchPolicyFolder(this.#policyFolder, () => this.#policiesChanged()));
  }

  get #policyFolder(): string {
    return resolve(this.deployment.directory, this.deployment.declaration.policies);
  }

  /** One at a time, and always the newest state of the folder. */
  #policiesChanged(): void {
    this.#applying = this.#applying
      .then(async () => {
        if (this.#stopping.signal.aborted) return;
        const policies = readPolicies(this.deployment);
        const applied = policies.ok ? await this.#apply(policies.value) : err([policies.problem]);
        if (applied.ok) return;
        applied.problem.forEach(this.#audience.problem);
        const summary = applied.problem.map(({ message }) => message).join('; ');
        const { ledger, event } = this.#plane;
        await ledger.record(event('policy.refused', this.#operator, { summary }), 'required');
      })
      .catch((error: unknown) => this.#audience.problem(problemOf(error)));
  }

  #inboundOf(service: string): { readonly host: WorkloadHost; readonly port: number } {
    const host = this.#hosts.find(({ workload }) => workload.name === service);
    // INVARIANT (declaration): every service that is called without an address is declared and serves.
    if (host?.inboundPort === undefined) throw new Error(`no inbound proxy for ${service}`);
    return { host, port: host.inboundPort };
  }

  async #serveProtocols(): Promise<void> {
    const { clock, random, calls, registry, bundles, ledger } = this.#plane;
    const { state } = this.deployment;
    this.#stack.use(
      need(
        await serveWorkloadApi({
          socketPath: state.workloadApiSocket,
          ...{ registry, bundles, calls, clock, random, timers: systemTimers, record: ledger.record },
          svidsFor: (entry) => Promise.resolve(need(sourceOf(this.#hosts, entry.id))),
        }),
      ),
    );
    const admin = await serveAdmin({
      socketPath: state.adminSocket,
      operations: this.#operations(),
      ownUid: this.#environment.uid,
      peerOf: (socket) => {
        const fd = descriptorOf(socket);
        const peer = fd === undefined ? undefined : credentialsOfPeer(calls, fd);
        if (peer?.ok !== true) return undefined;
        using _ = peer.value.process;
        return { pid: peer.value.pid, uid: peer.value.uid };
      },
    });
    this.#stack.defer(admin.close);
  }

  #operations(): AdminOperations {
    return {
      status: () => this.status(),
      explain: async (text) => {
        const id = parseEventId(text);
        if (!id.ok) return id.problem;
        const { records, ledger } = this.#plane;
        await ledger.flush();
        const { declaration, state } = this.deployment;
        return explainEvent(state.ledger, id.value, { records, trustDomain: declaration.trustDomain }, this.names);
      },
      follow: (listener) => this.#plane.ledger.onAppended((entries) => entries.forEach(listener)),
      join: (name, pid) => this.#join(name, pid),
    };
  }

  async #join(name: string, pid: number): ReturnType<AdminOperations['join']> {
    const host = this.#hosts.find(({ workload }) => workload.name === name);
    if (host === undefined) {
      const hint = `declared are: ${this.#hosts.map(({ workload }) => workload.name).join(', ')}`;
      return { code: 'admin/no-such-workload', message: `no workload \`${name}\` is declared`, hint };
    }
    if (host.workload.attestation.kind !== 'started') {
      const message = `\`${name}\` is recognised by ${host.status().attestation}, not by being started`;
      return {
        code: 'admin/not-started-by-us',
        message,
        hint: 'take `attest` out of its declaration to run it like this',
      };
    }
    if (host.workload.command !== undefined) {
      const message = `\`${name}\` has a command of its own, which \`up\` starts`;
      const hint = 'declare another workload without a `command`, and run yours as that';
      return { code: 'admin/started-by-up', message, hint };
    }
    const tracked = TrackedProcess.track(this.#plane.calls, pid);
    if (!tracked.ok) return tracked.problem;
    const admitted = host.admit(tracked.value);
    if (!admitted.ok) {
      tracked.value[Symbol.dispose]();
      return admitted.problem;
    }
    const { ledger, event } = this.#plane;
    await ledger.record(
      event('workload.started', this.#operator, { name, id: host.workload.id, pid, by: 'run' }),
      'required',
    );
    const leave = (): void => {
      admitted.value();
      tracked.value[Symbol.dispose]();
    };
    const environment = host.environment(this.deployment.state.workloadApiSocket);
    return { id: host.workload.id, environment, leave };
  }

  /** Starts the declared commands, what is called before who calls it. Settles when all were started. */
  async startProcesses(): Promise<void> {
    const waves = startWaves(
      [...this.deployment.declaration.workloads.values()].filter(({ command }) => command !== undefined),
    );
    for (const wave of waves) {
      if (this.#stopping.signal.aborted) return;
      await Promise.all(wave.map((workload) => this.#startProcess(workload)));
      const patience = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(APP_START_MILLISECONDS)]);
      await Promise.all(
        wave.map(async ({ name, serves }) => {
          if (serves === undefined || (await appTakesConnections(LOOPBACK, serves.port, patience))) return;
          if (this.#stopping.signal.aborted) return;
          const message = `\`${name}\` does not listen on port ${serves.port} yet`;
          const hint = 'does it listen on the port in its PORT variable, on 127.0.0.1? its own output says more';
          this.#audience.problem({ code: 'workload/not-listening', message, hint });
        }),
      );
    }
  }

  async #startProcess(workload: Workload): Promise<void> {
    const { name, serves, command } = workload;
    const host = this.#hosts.find((candidate) => candidate.workload === workload);
    if (host === undefined || command === undefined) return;
    const fail = (problem: Problem): void => {
      void host.ended('failed');
      this.#audience.problem(problem);
      this.#audience.jobEnded(name, false);
    };
    const taken = serves === undefined ? undefined : await problemOfPort(LOOPBACK, serves.port, `\`${name}\``);
    if (taken !== undefined) return fail(taken);
    const { calls, ledger, event } = this.#plane;
    const started = await startProcess({
      ...{ calls, command, directory: this.deployment.directory },
      environment: {
        ...definedOnly(this.#environment.variables),
        ...host.environment(this.deployment.state.workloadApiSocket),
      },
      onLine: (line) => this.#audience.output(name, line),
      admit: (tracked) => {
        const admitted = host.admit(tracked);
        return admitted.ok ? undefined : admitted.problem;
      },
    });
    if (!started.ok) return fail(started.problem);
    const { tracked, exited, stop } = started.value;
    const { pid } = tracked;
    this.#leftovers.note(name, pid);
    this.#stack.defer(stop);
    await ledger.record(
      event('workload.started', this.#operator, { name, id: workload.id, pid, by: 'up' }),
      'required',
    );
    void exited.then(async ({ code, signal }) => {
      tracked[Symbol.dispose]();
      this.#leftovers.forget(pid);
      await host.ended(code === 0 ? 'finished' : 'failed');
      const message = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      await ledger
        .record(event('workload.stopped', this.#operator, { name, pid, message }), 'prompt')
        .catch(() => undefined);
      this.#audience.jobEnded(name, code === 0);
    });
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
      workloads: this.#hosts.map((host) => host.status()),
    };
  }

  /** Stops every process it started, then what they were served by, in the reverse of the order of starting. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#applying;
    await this.#stack.disposeAsync();
  }
}

function readPolicies({ directory, declaration }: Deployment): Result<readonly PolicyText[]> {
  return readPolicyFolder(resolve(directory, declaration.policies), declaration.policies);
}

function changeSummary(change: {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}): string {
  const part = (verb: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${verb} ${names.join(', ')}`];
  return [...part('added', change.added), ...part('changed', change.changed), ...part('removed', change.removed)].join(
    '; ',
  );
}

function definedOnly(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
