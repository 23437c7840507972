/** The processes of the declared commands: started in order, each as its workload, and stopped together. */
import type { Actor, LedgerEventKind } from '../kernel/ledger-event.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Problem } from '../kernel/problem.ts';
import { appTakesConnections } from './app-port.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Deployment } from './find-deployment.ts';
import { Leftovers } from './leftovers.ts';
import { problemOfPort } from './listening-port.ts';
import { LOOPBACK } from './loopback.ts';
import { startWaves } from './start-order.ts';
import type { WorkloadHost } from './workload-host.ts';
import { startProcess, type WorkloadProcess } from './workload-process.ts';

/** How long the apps of a wave may take until they listen, before the next wave starts all the same. */
const APP_START_MILLISECONDS = 10_000;

export type SupervisorOptions = {
  readonly plane: ControlPlane;
  readonly deployment: Deployment;
  readonly hosts: readonly WorkloadHost[];
  readonly operator: Actor;
  /** What the processes inherit. */
  readonly variables: NodeJS.ProcessEnv;
  readonly onProblem: (problem: Problem) => void;
  readonly onOutput: (workload: string, line: string) => void;
  readonly onEnd: (workload: string, ok: boolean) => void;
};

export class ProcessSupervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #leftovers: Leftovers;
  readonly #running = new Map<string, { readonly process: WorkloadProcess; readonly ended: Promise<void> }>();
  readonly #stopping = new AbortController();
  #starting: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#leftovers = new Leftovers(options.deployment.state.root);
  }

  /** Ends what an earlier run left behind when it was killed; gives the names of the workloads. */
  clearLeftovers(): readonly string[] {
    return this.#leftovers.clear();
  }

  /** Starts the commands, what is called before who calls it. */
  start(): void {
    this.#starting = this.#startAll();
  }

  async #startAll(): Promise<void> {
    const hosts = new Map(this.#options.hosts.map((host) => [host.workload, host]));
    const commanded = [...hosts.keys()].filter(({ command }) => command !== undefined);
    for (const wave of startWaves(commanded)) {
      const members = wave.flatMap((workload) => hosts.get(workload) ?? []);
      if (this.#stopping.signal.aborted) return;
      await Promise.all(members.map((host) => this.#startOne(host)));
      await this.#untilListening(members);
    }
  }

  async #untilListening(hosts: readonly WorkloadHost[]): Promise<void> {
    const patience = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(APP_START_MILLISECONDS)]);
    const wait = async ({ workload: { name, serves } }: WorkloadHost): Promise<void> => {
      if (serves === undefined || !this.#running.has(name)) return;
      if ((await appTakesConnections(LOOPBACK, serves.port, patience)) || this.#stopping.signal.aborted) return;
      const message = `\`${name}\` does not listen on port ${serves.port} yet`;
      const hint = 'does it listen on the port in its PORT variable, on 127.0.0.1? its own output says more';
      this.#options.onProblem({ code: 'workload/not-listening', message, hint });
    };
    await Promise.all(hosts.map(wait));
  }

  async #startOne(host: WorkloadHost): Promise<void> {
    const { plane, deployment, variables, onOutput, onProblem, onEnd } = this.#options;
    const { name, id, serves, command = [] } = host.workload;
    const fail = (problem: Problem): void => {
      host.ended('failed');
      onProblem(problem);
      onEnd(name, false);
    };
    const taken = serves === undefined ? undefined : await problemOfPort(LOOPBACK, serves.port, `\`${name}\``);
    if (taken !== undefined) return fail(taken);
    const started = await startProcess({
      ...{ calls: plane.calls, command, directory: deployment.directory },
      environment: { ...definedOnly(variables), ...host.environment(deployment.state) },
      onLine: (line) => onOutput(name, line),
      admit: (tracked) => {
        const admitted = host.admit(tracked);
        return admitted.ok ? undefined : admitted.problem;
      },
    });
    if (!started.ok) return fail(started.problem);
    const { pid } = started.value.tracked;
    this.#leftovers.note(name, pid);
    this.#running.set(name, { process: started.value, ended: this.#untilEnd(host, started.value) });
    await this.#record('workload.started', { name, id, pid, by: 'up' });
  }

  async #untilEnd(host: WorkloadHost, { tracked, exited }: WorkloadProcess): Promise<void> {
    const { name } = host.workload;
    const { code, signal } = await exited;
    const { pid } = tracked;
    tracked[Symbol.dispose]();
    this.#running.delete(name);
    this.#leftovers.forget(pid);
    host.ended(code === 0 ? 'finished' : 'failed');
    this.#options.onEnd(name, code === 0);
    await this.#record('workload.stopped', {
      name,
      pid,
      message: signal === null ? `ended with ${code}` : `was ended by ${signal}`,
    });
  }

  /** What cannot be recorded here has happened already; the ledger itself says once that it is in trouble. */
  async #record(kind: LedgerEventKind, data: JsonObject): Promise<void> {
    const { plane, operator } = this.#options;
    await plane.ledger.record(plane.event(kind, operator, data), 'required').catch(() => undefined);
  }

  /** Ends every process group at once. */
  kill(): void {
    for (const { process } of this.#running.values()) process.kill();
  }

  /** Asks every process group to end, then makes it; settles when all are gone and recorded. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await Promise.all([...this.#running.values()].map(({ process, ended }) => process.stop().then(() => ended)));
  }
}

function definedOnly(variables: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(variables);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
