/** What a reader holds: one revision of the relationships. */
import type { Revision } from '../../../kernel/revision.ts';
import type { RelationshipGraph } from './relationship-graph.ts';

/** One revision of the relationships, which stays as it is while others are written. */
export type RelationshipSnapshot = {
  readonly graph: RelationshipGraph;
  /** The version within the graph. */
  readonly version: number;
  readonly revision: Revision;
};
