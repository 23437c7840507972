/** What an evaluation is made at: a revision, a time, and what the request tells. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { RelationshipSnapshot } from '../store/relationship-snapshot.ts';

export type Moment = {
  readonly snapshot: RelationshipSnapshot;
  /** Milliseconds since 1970: what expired by then does not count. */
  readonly now: number;
  /** For caveats; what a relationship stores goes before it. */
  readonly context?: JsonObject;
};
