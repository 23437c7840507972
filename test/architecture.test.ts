/** Holds the shape of the tree: bands, no cycles, one door per invariant, a README and a purpose per folder. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** An import goes from a higher band to a lower one, never sideways, never up. */
const BANDS: Readonly<Record<string, number>> = {
  kernel: 0,
  policy: 1,
  records: 1,
  ledger: 1,
  identity: 2,
  inventory: 2,
  decision: 3,
  signals: 3,
  enforcement: 4,
  secrets: 4,
  sessions: 4,
  evidence: 4,
  gitops: 4,
  protocols: 5,
  cli: 6,
  process: 7,
};

/** What only one place may do: a pattern in the text, and the folders in which it may stand. */
const DOORS: readonly { readonly what: string; readonly pattern: RegExp; readonly allowed: readonly string[] }[] = [
  { what: 'making a Permit', pattern: /\bPermit\.grant\b/u, allowed: ['decision/', 'kernel/permit.ts'] },
  {
    what: 'combining verdicts',
    pattern: /from '[^']*kernel\/combine\.ts'.*\bcombine\b|\bcombine\(/u,
    allowed: ['decision/', 'kernel/combine'],
  },
  { what: 'reading the environment', pattern: /\bprocess\.env\b/u, allowed: ['process/', 'cli/'] },
];

const FORBIDDEN_NAMES = /(?:^|[-/])(?:utils?|helpers?|types|managers?|common|misc)(?:[-./]|$)/u;

const files = globSync('**/*.{ts,js}', { cwd: src }).filter((file) => !file.endsWith('.d.ts'));
const production = files.filter((file) => !file.endsWith('.test.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/gu)].map((match) => match[1] ?? '');
  return found.map((path) => relative(src, join(src, dirname(file), path)));
}

function areaOf(file: string): string {
  return file.split('/')[0] ?? '';
}

test('there is something to scan', () => {
  assert.ok(production.length > 15, `only ${production.length} files were found below src/`);
  assert.ok(production.flatMap(importsOf).length > 15, 'almost no import was found: the pattern is wrong');
});

test('every folder below src has a band, and a README', () => {
  for (const entry of readdirSync(src, { withFileTypes: true })) {
    assert.ok(entry.isDirectory(), `src/${entry.name} lies outside the areas`);
    assert.ok(entry.name in BANDS, `src/${entry.name} has no band in test/architecture.test.ts`);
  }
  for (const folder of new Set(production.map(dirname))) {
    if (folder.includes('generated')) continue;
    assert.ok(folder.split('/').length <= 3, `src/${folder} lies deeper than three levels`);
    const readme = join(src, folder, 'README.md');
    const own = existsSync(readme) || existsSync(join(src, dirname(folder), 'README.md'));
    assert.ok(own, `src/${folder} has no README.md, nor has the folder above it`);
    if (existsSync(readme)) {
      const lines = readFileSync(readme, 'utf8').trimEnd().split('\n').length;
      assert.ok(lines <= 60, `src/${folder}/README.md has ${lines} lines, and 60 are the most`);
    }
  }
});

test('an import goes to a lower band, or stays in its own area', () => {
  for (const file of files) {
    for (const target of importsOf(file)) {
      assert.ok(!target.startsWith('..'), `src/${file} imports ${target} from outside src/`);
      const [from, to] = [areaOf(file), areaOf(target)];
      if (from === to && from !== 'protocols' && from !== 'policy') continue;
      const [fromFolder, toFolder] = [file.split('/')[1], target.split('/')[1]];
      if (from === to && (fromFolder === toFolder || target.split('/').length === 2)) continue;
      // A test may build what a composition root would: it wires real parts instead of faking them.
      if (file.endsWith('.test.ts') && (BANDS[to] ?? 0) <= (BANDS[from] ?? 0)) continue;
      assert.ok((BANDS[to] ?? 99) < (BANDS[from] ?? -1), `src/${file} imports src/${target}: not a lower band`);
    }
  }
});

test('there is no import cycle, types included', () => {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    assert.ok(!path.includes(file), `import cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
    path.push(file);
    for (const target of importsOf(file)) visit(target);
    path.pop();
    done.add(file);
  };
  const known = new Set(files);
  for (const file of files) if (known.has(file)) visit(file);
});

test('a thing that one place alone may do is done nowhere else', () => {
  for (const { what, pattern, allowed } of DOORS) {
    for (const file of production) {
      if (allowed.some((prefix) => file.startsWith(prefix))) continue;
      const text = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gmu, '');
      assert.ok(!pattern.test(text), `src/${file}: ${what} is allowed in ${allowed.join(', ')} only`);
    }
  }
});

test('a file name tells its purpose', () => {
  for (const file of files) {
    if (file.includes('generated/')) continue;
    assert.ok(!FORBIDDEN_NAMES.test(file), `src/${file}: name the concept`);
    assert.match(file, /^[a-z0-9/.-]+$/u, `src/${file}: file names are kebab-case`);
    assert.ok(!/(?:^|\/)index\.ts$/u.test(file), `src/${file}: no barrels inside src/`);
  }
});

test('a file opens with one sentence that says what it is', () => {
  for (const file of production) {
    if (file.includes('generated/')) continue;
    assert.match(readFileSync(join(src, file), 'utf8'), /^(?:#!.*\n)?\/(?:\*\*|\/)/u, `src/${file}`);
  }
});

test('every dependency is explained in docs/dependencies.md', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const text = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const names = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] });
  assert.ok(names.length > 5);
  for (const name of names) {
    assert.ok(text.includes(`\`${name}\``), `${name} has no line in docs/dependencies.md`);
    const version = manifest['dependencies']?.[name] ?? manifest['devDependencies']?.[name] ?? '';
    assert.match(version, /^\d/u, `${name} is not pinned exactly`);
  }
});
