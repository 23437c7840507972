/** What a bundle may speak of: paths below `data` that it owns, so that several bundles do not talk over each other. */

/** Its parts; none is all of `data`. */
export type Root = readonly string[];

export function parseRoot(text: string): Root {
  const trimmed = text.replaceAll(/^\/+|\/+$/gu, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

export function formatRoot(root: Root): string {
  return root.join('/');
}

export function contains(root: Root, path: readonly string[]): boolean {
  return root.length <= path.length && root.every((part, index) => part === path[index]);
}

/** The first two, one of each list, of which one lies in the other. */
export function overlap(left: readonly Root[], right: readonly Root[]): readonly [Root, Root] | undefined {
  for (const a of left) for (const b of right) if (contains(a, b) || contains(b, a)) return [a, b];
  return undefined;
}

/** The first two of one list of which one lies in the other. */
export function overlapWithin(roots: readonly Root[]): readonly [Root, Root] | undefined {
  for (const [index, root] of roots.entries()) {
    const both = overlap([root], roots.slice(index + 1));
    if (both !== undefined) return both;
  }
  return undefined;
}
