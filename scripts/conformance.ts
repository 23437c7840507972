/**
 * `npm run conformance -- SUITE FOLDER`: runs a standard's own cases, prints each failing one and the counts.
 * A case may be skipped only through the suite's checked-in `known-failures.json` (case name to reason); a listed
 * case that passes fails the run, so that the list can only shrink.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { ConformanceSuite } from '../test/conformance/suite.ts';

const home = fileURLToPath(new URL('../test/conformance/', import.meta.url));
const names = globSync('*.suite.ts', { cwd: home })
  .map((file) => basename(file, '.suite.ts'))
  .sort();

const [name, folder] = process.argv.slice(2);
if (name === undefined || folder === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run conformance -- SUITE FOLDER, where SUITE is one of: ${names.join(', ')}\n`);
  process.exit(2);
}
if (!existsSync(folder)) {
  process.stderr.write(`no folder \`${folder}\`; it holds the published cases of the suite\n`);
  process.exit(2);
}

const listFile = `${home}${name}.known-failures.json`;
const known = new Map(
  Object.entries(existsSync(listFile) ? (JSON.parse(readFileSync(listFile, 'utf8')) as Record<string, string>) : {}),
);
const suite = (await import(pathToFileURL(`${home}${name}.suite.ts`).href)) as ConformanceSuite;

let passed = 0;
let failed = 0;
let skipped = 0;
for await (const result of suite.run(folder)) {
  const reason = known.get(result.name);
  known.delete(result.name);
  const failure = result.failure;
  if (failure === undefined && reason === undefined) passed += 1;
  else if (failure !== undefined && reason !== undefined) {
    skipped += 1;
    process.stdout.write(`known failure: ${result.name}: ${reason}\n`);
  } else {
    failed += 1;
    process.stdout.write(
      `FAIL ${result.name}: ${failure ?? 'passes, but stands in the list of known failures: remove it'}\n`,
    );
  }
}
for (const stale of known.keys()) {
  failed += 1;
  process.stdout.write(`FAIL ${stale}: stands in the list of known failures, but there is no such case\n`);
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
