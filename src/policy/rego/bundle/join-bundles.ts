/** Several bundles as one policy: no two may speak of the same part of `data`. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { PlainObject } from '../values/value.ts';
import { mergeData } from './data-documents.ts';
import type { BundleModule, RegoBundle } from './read-bundle.ts';
import { formatRoot, overlap } from './roots.ts';

export type JoinedBundles = { readonly modules: readonly BundleModule[]; readonly data: PlainObject };

/** By their names, which stand before the names of their files. */
export function joinBundles(bundles: ReadonlyMap<string, RegoBundle>): Result<JoinedBundles, readonly Problem[]> {
  const problems: Problem[] = [];
  const entries = [...bundles];
  for (const [index, [name, bundle]] of entries.entries()) {
    for (const [otherName, other] of entries.slice(0, index)) {
      const both = overlap(other.roots, bundle.roots);
      if (both === undefined) continue;
      const [a, b] = both.map((root) => `\`${formatRoot(root)}\``);
      const message = `the bundles \`${otherName}\` and \`${name}\` have roots that overlap: ${a ?? ''} and ${b ?? ''}`;
      problems.push({ code: 'rego-bundle/overlap', message, hint: 'give each its own `roots` in its manifest' });
    }
  }
  if (problems.length > 0) return err(problems);
  const modules = entries.flatMap(([name, bundle]) =>
    bundle.modules.map((module) => ({ ...module, file: `${name}/${module.file}` })),
  );
  const data = mergeData(entries.map(([name, bundle]) => ({ file: name, path: [], value: bundle.data })));
  return data.ok ? ok({ modules, data: data.value }) : data;
}
