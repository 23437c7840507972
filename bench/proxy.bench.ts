/** What the two proxies of a mesh call add to it, beside the direct call and a bare relay, in the same run. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import { type Bar, percentile } from './bar.ts';
import {
  measureLatency,
  measureThroughput,
  type Mesh,
  type Peer,
  startApp,
  startMesh,
  startOutboundAlone,
  startRelay,
} from './proxy-roles.ts';

const TURNS = 240;
const PER_TURN = 50;
const CONNECTIONS = 32;
const THROUGHPUT_MS = 3000;

type Task =
  | { readonly kind: 'app' }
  | { readonly kind: 'relay'; readonly port: number }
  | { readonly kind: 'mesh'; readonly port: number }
  | { readonly kind: 'outbound'; readonly port: number; readonly peer: Peer }
  | { readonly kind: 'latency'; readonly ports: readonly number[] }
  | { readonly kind: 'throughput'; readonly port: number }
  | { readonly kind: 'cpu' };

/** A process of its own that does one task after the other. */
class Worker implements Disposable {
  readonly #child: ChildProcess = fork(import.meta.filename, { execArgv: ['--no-warnings'] });

  async do<T>(task: Task): Promise<T> {
    this.#child.send(task);
    const [answer] = (await once(this.#child, 'message')) as [T];
    return answer;
  }

  /** CPU time so far, in microseconds. */
  cpu(): Promise<number> {
    return this.do<number>({ kind: 'cpu' });
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

function perform(task: Task): Promise<unknown> {
  switch (task.kind) {
    case 'app':
      return startApp();
    case 'relay':
      return startRelay(task.port);
    case 'mesh':
      return startMesh(task.port);
    case 'outbound':
      return startOutboundAlone(task.port, task.peer);
    case 'latency':
      return measureLatency(task.ports, TURNS, PER_TURN);
    case 'throughput':
      return measureThroughput(task.port, CONNECTIONS, THROUGHPUT_MS);
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return Promise.resolve(user + system);
    }
  }
}

if (import.meta.main) {
  process.on('message', (task: Task) => void perform(task).then((answer) => process.send?.(answer)));
  process.on('disconnect', () => process.exit());
}

/**
 * The median, over the turns, of how much a turn's median lies above the direct call's in the same turn: what slows
 * the whole machine for a while slows both, and is taken out.
 */
function medianAdded(of: readonly number[], direct: readonly number[]): number {
  const added = Array.from({ length: Math.floor(direct.length / PER_TURN) }, (_, turn) => {
    const [from, to] = [turn * PER_TURN, (turn + 1) * PER_TURN];
    return percentile(of.slice(from, to), 0.5) - percentile(direct.slice(from, to), 0.5);
  });
  return percentile(added, 0.5);
}

export async function run(): Promise<readonly Bar[]> {
  using stack = new DisposableStack();
  const [app, mesh, elsewhere, relayIn, client] = Array.from({ length: 5 }, () => stack.use(new Worker())) as [
    Worker,
    Worker,
    Worker,
    Worker,
    Worker,
  ];
  const direct = await app.do<number>({ kind: 'app' });
  const { inbound, outbound, peer } = await mesh.do<Mesh>({ kind: 'mesh', port: direct });
  const outboundAlone = await elsewhere.do<number>({ kind: 'outbound', port: inbound, peer });
  const secondHop = await relayIn.do<number>({ kind: 'relay', port: direct });
  const relay = await relayIn.do<number>({ kind: 'relay', port: secondHop });

  const throughput = async (port: number, workers: readonly Worker[]): Promise<{ rate: number; cpu: number }> => {
    const cpuOf = async (): Promise<number> =>
      (await Promise.all(workers.map((worker) => worker.cpu()))).reduce((a, b) => a + b, 0);
    await client.do({ kind: 'throughput', port });
    const before = await cpuOf();
    const rate = await client.do<number>({ kind: 'throughput', port });
    return { rate, cpu: ((await cpuOf()) - before) / (rate * (THROUGHPUT_MS / 1000)) };
  };
  const ofDirect = await throughput(direct, [app]);
  const ofMesh = await throughput(outbound, [mesh]);
  const ofApart = await throughput(outboundAlone, [mesh, elsewhere]);
  const ofRelay = await throughput(relay, [relayIn]);

  // After the throughput, so that every path is as warm as in a process that has run for a while.
  const ports = [direct, outbound, outboundAlone, relay];
  const samples = await client.do<number[][]>({ kind: 'latency', ports });
  const at = (p: number): number[] => samples.map((of) => percentile(of, p) / 1000);
  const [direct50 = 0] = at(0.5);
  const added50 = (of: readonly number[] | undefined): number => medianAdded(of ?? [], samples[0] ?? []) / 1000;
  const [direct99 = 0, mesh99 = 0, apart99 = 0, relay99 = 0] = at(0.99);

  const peers = (figure: number): { readonly name: string; readonly figure: number }[] => [
    { name: 'two-hop relay without TLS or decisions', figure },
  ];
  const one = '1 KiB response, one kept connection, decisions recorded in the ledger on disk';
  return [
    {
      name: 'added by two proxies in one process, p50',
      figure: added50(samples[1]),
      unit: 'ms',
      bar: { atMost: 0.3 },
      peers: peers(added50(samples[3])),
      note: `${one}; direct p50 ${direct50.toFixed(3)} ms`,
    },
    {
      name: 'added by two proxies in one process, p99',
      figure: mesh99 - direct99,
      unit: 'ms',
      peers: peers(relay99 - direct99),
      note: `direct p99 ${direct99.toFixed(3)} ms`,
    },
    { name: 'added by two proxies in two processes, p50', figure: added50(samples[2]), unit: 'ms' },
    { name: 'added by two proxies in two processes, p99', figure: apart99 - direct99, unit: 'ms' },
    {
      name: `through two proxies in one process, ${CONNECTIONS} connections`,
      figure: ofMesh.rate,
      unit: 'requests/s',
      peers: [{ name: 'direct', figure: ofDirect.rate }, ...peers(ofRelay.rate)],
    },
    {
      name: `through two proxies in two processes, ${CONNECTIONS} connections`,
      figure: ofApart.rate,
      unit: 'requests/s',
    },
    {
      name: 'CPU of both proxies in one process',
      figure: ofMesh.cpu,
      unit: 'µs/request',
      peers: [{ name: 'the app itself', figure: ofDirect.cpu }, ...peers(ofRelay.cpu)],
    },
    { name: 'CPU of both proxies in two processes', figure: ofApart.cpu, unit: 'µs/request' },
  ];
}
