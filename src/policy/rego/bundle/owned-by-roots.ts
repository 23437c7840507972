/** Whether what a bundle holds lies within the roots that its manifest names. */
import type { Problem } from '../../../kernel/problem.ts';
import { isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import { contains, formatRoot, type Root } from './roots.ts';

/** A module, and the path of its package. */
type Packaged = { readonly source: { readonly file: string }; readonly path: readonly string[] };

export function problemOfRoots(
  roots: readonly Root[],
  modules: readonly Packaged[],
  data: PlainObject,
): Problem | undefined {
  const stray = modules.find(({ path }) => !roots.some((root) => contains(root, path)));
  if (stray !== undefined) {
    return outside(`\`${stray.source.file}\` has the package \`${stray.path.join('.')}\``, roots);
  }
  const place = strayData(roots, data, []);
  return place === undefined ? undefined : outside(`the data of the bundle has \`${place.join('/')}\``, roots);
}

/** The first place in the data that no root permits; objects on the way to a root are looked into. */
function strayData(roots: readonly Root[], value: RegoValue, path: readonly string[]): readonly string[] | undefined {
  if (roots.some((root) => contains(root, path))) return undefined;
  const isOnTheWay = path.length === 0 || roots.some((root) => contains(path, root));
  if (!isPlainObject(value) || !isOnTheWay) return path;
  for (const name of Object.keys(value)) {
    const stray = strayData(roots, value[name] as RegoValue, [...path, name]);
    if (stray !== undefined) return stray;
  }
  return undefined;
}

function outside(what: string, roots: readonly Root[]): Problem {
  const listed = roots.map((root) => `\`${formatRoot(root)}\``).join(', ');
  const message = `${what}, which lies outside of its roots: ${listed === '' ? 'it has none' : listed}`;
  return { code: 'rego-bundle/outside-roots', message, hint: 'add a root to its manifest, or move it' };
}
