/** A schema and relationships as people write them, ready to be asked. */
import { toRevision } from '../../../kernel/revision.ts';
import { caveatEvaluator } from '../evaluate/evaluate-caveat.ts';
import type { Moment } from '../evaluate/moment.ts';
import { Relations } from '../evaluate/relations.ts';
import { parseSchema } from '../schema/parse-schema.ts';
import { RelationshipStore } from '../store/relationship-store.ts';
import { parseRelationship } from '../store/relationship-text.ts';
import type { Relationship } from '../store/relationship.ts';

export type TestWorld = {
  readonly relations: Relations;
  readonly store: RelationshipStore;
  /** The newest revision, at the time 0. */
  readonly moment: (context?: Moment['context']) => Moment;
};

/** `relationships`: as texts, or as values where there are many. Throws at whatever is wrong. */
export function worldOf(
  text: string,
  relationships: Iterable<string | Relationship>,
  { maxDepth }: { readonly maxDepth?: number } = {},
): TestWorld {
  const schema = parseSchema({ file: 'test.zed', text });
  if (!schema.ok) throw new Error(schema.problem.map(({ message }) => message).join('; '));
  const evaluateCaveat = caveatEvaluator(schema.value);
  if (!evaluateCaveat.ok) throw new Error(evaluateCaveat.problem.map(({ message }) => message).join('; '));
  const store = new RelationshipStore();
  const loaded = store.load(toRevision(1), values(relationships));
  if (!loaded.ok) throw new Error(loaded.problem.message);
  const depth = maxDepth === undefined ? {} : { maxDepth };
  const relations = new Relations({ schema: schema.value, store, evaluateCaveat: evaluateCaveat.value, ...depth });
  return {
    relations,
    store,
    moment: (context = {}) => ({ snapshot: store.snapshot(), now: 0, context }),
  };
}

function* values(relationships: Iterable<string | Relationship>): Generator<Relationship> {
  for (const each of relationships) {
    if (typeof each !== 'string') {
      yield each;
      continue;
    }
    const parsed = parseRelationship(each);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    yield parsed.value;
  }
}
