/** `npm run generate`: code of every `.proto` file of `src/protocols/`, into `generated/` beside it. No network. */
import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const folders = new Set(globSync('src/protocols/**/*.proto', { cwd: root }).map(dirname));

for (const folder of folders) {
  const out = join(root, folder, 'generated');
  rmSync(out, { recursive: true, force: true });
  // JavaScript with declarations, not TypeScript: the generator writes `enum`, which Node cannot erase.
  const plugin = { local: join(bin, 'protoc-gen-es'), out, opt: ['target=js+dts', 'import_extension=js'] };
  const template = JSON.stringify({ version: 'v2', plugins: [plugin] });
  const done = spawnSync(join(bin, 'buf'), ['generate', join(root, folder), '--template', template], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  process.stdout.write(`generated ${folder}\n`);
}
