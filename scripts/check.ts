/** `npm run check`: types, lint, format, unused code and architecture, two at a time, all reported. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--deny-warnings'],
  ['format', 'oxfmt', '--check'],
  ['unused', 'knip'],
  ['architecture', 'node', '--test', '--test-reporter=dot', 'test/architecture.test.ts'],
];

function run([name, command, ...args]: (typeof steps)[number]): Promise<boolean> {
  return new Promise((resolve) => {
    const started = performance.now();
    const path = `${root}node_modules/.bin:${process.env['PATH'] ?? ''}`;
    const child = spawn(command, args, { cwd: root, env: { ...process.env, PATH: path } });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const queue = [...steps];
const passed: boolean[] = [];
async function worker(): Promise<void> {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) passed.push(await run(step));
}
await Promise.all([worker(), worker()]);
process.exitCode = passed.every(Boolean) ? 0 : 1;
