#!/usr/bin/env node
/** The entry of the command line: what it is given by the machine, and what each command is wired to. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

import type { Operations } from '../cli/operations.ts';
import { problemLines } from '../cli/problem-text.ts';
import { runProgram } from '../cli/program.ts';
import { terminal as makeTerminal, type Terminal } from '../cli/terminal.ts';
import { systemClock } from '../kernel/clock.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type AdminClient, adminClient } from '../protocols/admin/client.ts';
import { problemOf } from './control-plane.ts';
import { doctor } from './doctor.ts';
import { type Deployment, findDirectory, readDeployment } from './find-deployment.ts';
import { instancesFolder } from './instances.ts';
import { explainOffline, readLedgerFiles, verifyLedgerFiles } from './offline.ts';
import { readOneFile, readPolicyFiles, watchPolicyFiles, writeReport } from './policy-files.ts';
import { run } from './run.ts';
import { up } from './up.ts';

const UNSUITABLE_PLATFORM = { uid: -1 };

function versionOfPackage(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

function operations(terminal: Terminal, version: string): Operations {
  const uid = process.getuid?.() ?? UNSUITABLE_PLATFORM.uid;
  const instances = instancesFolder(process.env['XDG_RUNTIME_DIR'], tmpdir(), uid);
  const find = (directory: string | undefined): Result<string> => findDirectory(directory, process.cwd(), instances);
  const deploymentOf = (directory: string | undefined): Result<Deployment> => {
    const found = find(directory);
    if (!found.ok) return found;
    const read = readDeployment(found.value);
    if (read.ok) return read;
    const [first] = read.problem.problems;
    return err(first ?? { code: 'deployment/unreadable', message: 'the deployment cannot be read' });
  };
  const adminOf = (directory: string | undefined): Result<AdminClient> => {
    const deployment = deploymentOf(directory);
    return deployment.ok ? ok(adminClient(deployment.value.state.adminSocket)) : deployment;
  };
  return {
    up: (options) => up(options, { version, uid, instances, variables: process.env }),
    run: async (options) => {
      const admin = adminOf(options.directory);
      if (admin.ok) return run(options, admin.value, process.env);
      for (const line of problemLines(admin.problem, terminal)) terminal.complain(line);
      return 1;
    },
    status: async (directory) => {
      const admin = adminOf(directory);
      return admin.ok ? admin.value.status() : admin;
    },
    explain: async (directory, id) => {
      const deployment = deploymentOf(directory);
      if (!deployment.ok) return deployment;
      const live = await adminClient(deployment.value.state.adminSocket).explain(id);
      return !live.ok && live.problem.code === 'admin/unreachable' ? explainOffline(deployment.value, id) : live;
    },
    decide: async (directory, request) => {
      const admin = adminOf(directory);
      return admin.ok ? admin.value.decide(request) : admin;
    },
    follow: async (directory) => {
      const admin = adminOf(directory);
      if (!admin.ok) return admin;
      const status = await admin.value.status();
      return status.ok ? ok(admin.value.events()) : status;
    },
    readLedger: (directory, { kind, sinceMilliseconds }) => {
      const deployment = deploymentOf(directory);
      if (!deployment.ok) return Promise.resolve(deployment);
      const since = sinceMilliseconds === undefined ? {} : { since: Date.now() - sinceMilliseconds };
      return Promise.resolve(
        readLedgerFiles(deployment.value, { ...(kind === undefined ? {} : { kinds: [kind] }), ...since }),
      );
    },
    verifyLedger: async (directory) => {
      const deployment = deploymentOf(directory);
      return deployment.ok ? verifyLedgerFiles(deployment.value) : deployment;
    },
    readPolicyFiles,
    readFile: (path) => readOneFile(path, process.stdin),
    writeFile: writeReport,
    watchPolicyFiles,
    monotonic: systemClock.monotonic,
    doctor: async (directory) => {
      const admin = adminOf(directory);
      const running = admin.ok && (await admin.value.status()).ok;
      return doctor(find(directory), running);
    },
  };
}

const color = process.stdout.isTTY && process.stdout.hasColors() && process.env['NO_COLOR'] === undefined;
const terminal = makeTerminal({ out: process.stdout, err: process.stderr, color });
// A reader that goes away (`| head`, a closed terminal) ends the command, quietly; `up` stops what it started first.
const onReaderGone = (): void => {
  if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP');
  else process.exit(0);
};
process.stdout.on('error', onReaderGone);
process.stderr.on('error', onReaderGone);
try {
  const version = versionOfPackage();
  const exit = (code: number): void => {
    process.exitCode = code;
  };
  await runProgram({ version, operations: operations(terminal, version), terminal, exit }, process.argv.slice(2));
} catch (error) {
  for (const line of problemLines(problemOf(error), terminal)) terminal.complain(line);
  if (existsSync('/proc') && process.env['COUNTERSIGN_DEBUG'] !== undefined)
    terminal.complain(String((error as Error).stack));
  process.exitCode = 1;
}
