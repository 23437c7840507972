/** `npm run build`: emits JavaScript and declarations to `dist/`, since Node refuses `.ts` under `node_modules`. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
const done = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (done.status !== 0) process.exit(done.status ?? 1);
// What the compiler does not emit but the program reads: generated JavaScript with its declarations.
for (const file of globSync('**/generated/*.{js,d.ts}', { cwd: join(root, 'src') })) {
  cpSync(join(root, 'src', file), join(dist, file), { recursive: true });
  process.stdout.write(`copied ${dirname(file)}\n`);
}
