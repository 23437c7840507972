/** `countersign doctor`: what this machine and this deployment lack, and how to mend it. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';

import type { Finding } from '../cli/operations.ts';
import { openLinuxCalls } from '../identity/attestation/linux-calls.ts';
import type { Declaration } from '../inventory/declaration.ts';
import type { Problem } from '../kernel/problem.ts';
import { formatSpan } from '../kernel/source-span.ts';
import type { Result } from '../kernel/result.ts';
import { type Deployment, readDeployment } from './find-deployment.ts';
import { problemOfPort } from './listening-port.ts';
import { readPolicies } from './policy-sync.ts';
import { verifyLedgerFiles } from './offline.ts';
import { buildSnapshot } from '../decision/snapshot.ts';
import { factsOf } from '../inventory/workload.ts';
import { NO_REVISION } from '../kernel/revision.ts';

/** What `node:sqlite`, erasable TypeScript and explicit resource management need. */
const MINIMUM_NODE = [24, 12] as const;
const LITTLE_SPACE_BYTES = 1024 ** 3;

/** `running`: a server of this deployment answers, so its ports and its store are in use as they should be. */
export async function doctor(directory: Result<string>, running: boolean): Promise<readonly Finding[]> {
  const findings = [nodeFinding(), attestationFinding(), loopbackFinding()];
  if (!directory.ok) {
    return [
      ...findings,
      { what: 'deployment', state: 'note', detail: directory.problem.message, ...fixOf(directory.problem) },
    ];
  }
  const deployment = readDeployment(directory.value);
  if (!deployment.ok)
    return [...findings, ...deployment.problem.problems.map((problem) => missing('countersign.yaml', problem))];
  const { declaration } = deployment.value;
  const count = `${declaration.workloads.size} workloads in trust domain ${declaration.trustDomain}`;
  return [
    ...findings,
    { what: 'countersign.yaml', state: 'ok', detail: count },
    ...(await policyFindings(deployment.value)),
    ...stateFindings(deployment.value),
    ...(running
      ? [{ what: 'server', state: 'ok', detail: 'it runs, and answers' } as const]
      : await portFindings(declaration)),
    ...(await ledgerFindings(deployment.value)),
  ];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  const base = { what: 'Node', detail: `${process.versions.node}, and ${MINIMUM_NODE.join('.')} or later is needed` };
  return recent ? { ...base, state: 'ok' } : { ...base, state: 'missing', fix: 'install Node 24' };
}

function attestationFinding(): Finding {
  const calls = openLinuxCalls();
  if (!calls.ok) return missing('attestation', calls.problem);
  return { what: 'attestation', state: 'ok', detail: `the kernel (${release()}) says who a caller is` };
}

function loopbackFinding(): Finding {
  return {
    what: 'isolation',
    state: 'note',
    detail: 'a process of the same user can reach an app at its own loopback port, past its proxy',
    fix: 'in production run each workload under a user, a network namespace or a container of its own (SECURITY.md)',
  };
}

async function policyFindings(deployment: Deployment): Promise<Finding[]> {
  const policies = readPolicies(deployment);
  if (!policies.ok) return [missing('policies', policies.problem)];
  const { workloads: declared, ...settings } = deployment.declaration;
  const workloads = [...declared.values()].map(factsOf);
  const snapshot = await buildSnapshot({
    ...settings,
    revision: NO_REVISION,
    policies: policies.value,
    workloads,
  });
  if (!snapshot.ok) return snapshot.problem.map((problem) => missing('policies', problem));
  const { attachments, warnings } = snapshot.value;
  const idle = attachments.filter((attachment) => attachment.workloads.length === 0);
  return [
    { what: 'policies', state: 'ok', detail: `${policies.value.length} files, and all compile` },
    ...idle.map(({ policy, file, line }): Finding => {
      const fix = 'does its selector name the labels of a declared workload, in the same namespace?';
      return { what: 'policies', state: 'note', detail: `${policy} (${file}:${line}) is attached to no workload`, fix };
    }),
    ...warnings.map((warning): Finding => ({ ...missing('policies', warning), state: 'note' })),
  ];
}

function stateFindings({ directory, state }: Deployment): Finding[] {
  const folder = existsSync(state.root) ? state.root : directory;
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const detail = `${state.root}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
    const fix = 'free some space: a ledger that cannot be written denies everything that must be recorded';
    return [
      free < LITTLE_SPACE_BYTES
        ? { what: 'state', state: 'note', detail, fix }
        : { what: 'state', state: 'ok', detail },
    ];
  } catch (error) {
    const detail = `\`${folder}\` is not writable: ${(error as NodeJS.ErrnoException).code}`;
    return [{ what: 'state', state: 'missing', detail, fix: 'make it writable, or name another folder with `state:`' }];
  }
}

async function portFindings({ workloads }: Declaration): Promise<Finding[]> {
  const wanted = [...workloads.values()].flatMap(({ name, serves, calls }) => [
    ...(serves === undefined ? [] : [{ port: serves.port, what: `\`${name}\`` }]),
    ...(serves === undefined || serves.listen === 0 ? [] : [{ port: serves.listen, what: `\`${name}\`'s proxy` }]),
    ...calls.map(({ service, port }) => ({ port, what: `the way from \`${name}\` to \`${service}\`` })),
  ]);
  const problems = await Promise.all(wanted.map(({ port, what }) => problemOfPort('127.0.0.1', port, what)));
  const found = problems.filter((problem) => problem !== undefined).map((problem) => missing('ports', problem));
  return found.length > 0 ? found : [{ what: 'ports', state: 'ok', detail: `all ${wanted.length} are free` }];
}

async function ledgerFindings(deployment: Deployment): Promise<Finding[]> {
  if (!existsSync(deployment.state.ledger)) return [];
  const report = await verifyLedgerFiles(deployment);
  if (!report.ok) return [missing('ledger', report.problem)];
  if (report.value.kind === 'damaged') return [missing('ledger', report.value.problem)];
  return [{ what: 'ledger', state: 'ok', detail: `${report.value.events} events, every hash and signature holds` }];
}

function missing(what: string, problem: Problem): Finding {
  const where = problem.at === undefined ? '' : ` (${formatSpan(problem.at)})`;
  return { what, state: 'missing', detail: `${problem.message}${where}`, ...fixOf(problem) };
}

function fixOf({ hint }: Problem): Pick<Finding, 'fix'> {
  return hint === undefined ? {} : { fix: hint };
}
