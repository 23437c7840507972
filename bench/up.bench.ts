/** What it costs to start the shop: time until ready, memory of control plane and proxies, and a policy's way into force. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { copyOfShop, RunningDeployment, temporaryFolder } from '../test/fixtures/deployment.ts';
import { type Bar, percentile } from './bar.ts';

const STARTS = 5;
const CHANGES = 20;

/** Peak resident memory of a process so far, in MB. */
function peakMegabytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function startOnce(): Promise<{
  readonly readySeconds: number;
  readonly megabytes: number;
  readonly changes: number[];
}> {
  const [home, folder] = [temporaryFolder('countersign-home'), temporaryFolder('countersign-bench')];
  await copyOfShop(folder.path);
  const started = performance.now();
  const shop = new RunningDeployment(folder.path, home.path);
  await shop.ready();
  const readySeconds = (performance.now() - started) / 1000;
  await shop.until(({ kind }) => kind === 'round');
  const changes = await changePolicies(shop);
  const megabytes = peakMegabytes(shop.child.pid ?? 0);
  await shop.end();
  folder.dispose();
  home.dispose();
  return { readySeconds, megabytes, changes };
}

/** Milliseconds from the write of a file to the announcement of the change in the ledger, as a reader of it sees it. */
async function changePolicies(shop: RunningDeployment): Promise<number[]> {
  const file = join(shop.folder, 'policies/payments.yaml');
  const text = readFileSync(file, 'utf8');
  const taken: number[] = [];
  for (let round = 0; round < CHANGES; round += 1) {
    const mark = shop.lines.length;
    const written = performance.now();
    writeFileSync(file, `${text}# ${round}\n`);
    await shop.until(({ kind }) => kind === 'policy.changed', mark);
    taken.push(performance.now() - written);
  }
  return taken;
}

export async function run(): Promise<readonly Bar[]> {
  const starts = [];
  for (let index = 0; index < STARTS; index += 1) starts.push(await startOnce());
  const note = `shop, ${STARTS} starts, process start included`;
  const changes = starts.flatMap((start) => start.changes);
  return [
    {
      name: 'ready, median',
      figure: percentile(
        starts.map((start) => start.readySeconds),
        0.5,
      ),
      unit: 's',
      bar: { atMost: 3 },
      note,
    },
    {
      name: 'resident memory, peak',
      figure: Math.max(...starts.map(({ megabytes }) => megabytes)),
      unit: 'MB',
      bar: { atMost: 300 },
      note: 'control plane and all proxies, after a round and 20 policy changes',
    },
    {
      name: 'policy file written to change announced, p99',
      figure: percentile(changes, 0.99),
      unit: 'ms',
      bar: { atMost: 1000 },
      note: '60 ms of it wait for the editor to finish',
    },
  ];
}
