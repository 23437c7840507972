/** Where a relation gets a wildcard from: itself, or the relations whose subjects it takes. */
import type { ObjectDefinition, RelationSchema } from './schema.ts';

export type WildcardSource = {
  /** `user:*` */
  readonly wildcard: string;
  /** `group#member`: the relation that names it. */
  readonly relation: string;
};

/** Remembers the relations that no wildcard was found behind, so that a schema is gone through once. */
export function wildcardSearch(
  schema: RelationSchema,
): (definition: ObjectDefinition, relation: string) => WildcardSource | undefined {
  const without = new Set<string>();
  return (definition, relation) => {
    const seen = new Set<string>();
    const open: { readonly definition: ObjectDefinition; readonly relation: string }[] = [{ definition, relation }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const key = `${next.definition.name}#${next.relation}`;
      if (seen.has(key) || without.has(key)) continue;
      seen.add(key);
      for (const { type, subject } of next.definition.relations.get(next.relation)?.allowed ?? []) {
        if (subject.kind === 'wildcard') return { wildcard: `${type}:*`, relation: key };
        const target = schema.definitions.get(type);
        if (subject.kind === 'userset' && target !== undefined) {
          open.push({ definition: target, relation: subject.relation });
        }
      }
    }
    for (const key of seen) without.add(key);
    return undefined;
  };
}
