/** What names mean in a whole module: its package's rules, and its imports. */
import type { Import, Module } from '../syntax.ts';

export type Global = { readonly root: 'data' | 'input'; readonly path: readonly string[] };

export type Globals = ReadonlyMap<string, Global>;

/** By the path of a package, joined with NUL: the names that its rules begin with, in whichever module they stand. */
export type Exports = ReadonlyMap<string, ReadonlySet<string>>;

export function exportsOf(modules: readonly Module[]): Exports {
  const exports = new Map<string, Set<string>>();
  for (const {
    package: { path },
    rules,
  } of modules) {
    const key = packageKey(path);
    let names = exports.get(key);
    if (names === undefined) exports.set(key, (names = new Set()));
    for (const { head } of rules) names.add(head.ref.head.name);
  }
  return exports;
}

export function packageKey(path: readonly string[]): string {
  return path.join('\0');
}

/** An import hides a rule of the same name. */
export function globalsOf(path: readonly string[], imports: readonly Import[], exports: Exports): Globals {
  const globals = new Map<string, Global>();
  for (const name of exports.get(packageKey(path)) ?? []) globals.set(name, { root: 'data', path: [...path, name] });
  for (const each of imports) {
    const [root, ...rest] = each.path;
    if (root === 'data' || root === 'input') globals.set(importName(each), { root, path: rest });
  }
  return globals;
}

export function importName({ path, alias }: Import): string {
  return alias ?? path.at(-1) ?? '';
}
