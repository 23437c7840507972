/** The relationships of one system: written in revisions, read at a revision. */
import { NO_REVISION, type Revision } from '../../../kernel/revision.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { MAX_PRECONDITIONS, MAX_UPDATES_PER_WRITE } from './limits.ts';
import { matches, type RelationshipFilter } from './relationship-filter.ts';
import type { Relationship } from './relationship.ts';
import { RelationshipGraph } from './relationship-graph.ts';
import type { RelationshipSnapshot } from './relationship-snapshot.ts';
import { formatRelationship, problemOfRelationship } from './relationship-text.ts';
import { sameCondition } from './same-condition.ts';
import { rowsOfFilter } from './rows-of-filter.ts';

/** `create` fails where there is one, `touch` replaces it, `delete` is content where there is none. */
export type RelationshipUpdate = {
  readonly operation: 'create' | 'touch' | 'delete';
  readonly relationship: Relationship;
};

export type Precondition = { readonly kind: 'must-match' | 'must-not-match'; readonly filter: RelationshipFilter };

export type WriteOptions = {
  /** Milliseconds since 1970: what has expired by then is not there. */
  readonly now: number;
  readonly preconditions?: readonly Precondition[];
};

export type Deletion = {
  readonly deleted: number;
  /** False when the limit was met and more would have been deleted. */
  readonly complete: boolean;
};

/** So many rows that are deleted are borne before the graph is built anew, if there are not even more that live. */
const MIN_DEAD_ROWS = 100_000;

/** INVARIANT (write): a write that is refused has changed nothing; whatever is checked is checked before. */
export class RelationshipStore {
  #graph: RelationshipGraph = new RelationshipGraph();
  /** The revision of each version of the graph, ascending; version 0 is the graph as it was built. */
  #revisions: Revision[] = [NO_REVISION];

  get revision(): Revision {
    return this.#revisions.at(-1) as Revision;
  }

  /** How many relationships there are, with those that have expired. */
  get size(): number {
    return this.#graph.live;
  }

  /** The newest revision. */
  snapshot(): RelationshipSnapshot {
    const version = this.#revisions.length - 1;
    return { graph: this.#graph, version, revision: this.revision };
  }

  /** The relationships as of a revision. Problems: `relations/revision-unknown`, `/revision-gone`. */
  snapshotAt(revision: Revision): Result<RelationshipSnapshot> {
    if (revision > this.revision) {
      const message = `revision ${revision} is not here yet: the newest is ${this.revision}`;
      return err({ code: 'relations/revision-unknown', message, hint: 'wait until this replica has caught up' });
    }
    let version = this.#revisions.length - 1;
    while (version >= 0 && (this.#revisions[version] as Revision) > revision) version -= 1;
    if (version < 0) {
      const message = `revision ${revision} is not kept any more: the oldest is ${this.#revisions[0]}`;
      return err({ code: 'relations/revision-gone', message, hint: 'ask at a newer revision' });
    }
    return ok({ graph: this.#graph, version, revision });
  }

  /** The number of a type and of a relation, which are the same as long as the store lives. */
  numbers(): Pick<RelationshipGraph, 'objects' | 'internRelation'> {
    return this.#graph;
  }

  /**
   * Writes all of the updates or none. `revision` is greater than the store's. Problems: those of a malformed
   * relationship, `relations/too-many-updates`, `/duplicate-update`, `/already-exists`, `/precondition-failed`.
   */
  write(revision: Revision, updates: readonly RelationshipUpdate[], options: WriteOptions): Result<Revision> {
    this.#mustBeNewer(revision);
    const problem = this.#problemOfUpdates(updates, options);
    if (problem !== undefined) return problem;
    this.#revisions.push(revision);
    const version = this.#revisions.length - 1;
    for (const update of updates) this.#apply(update, version);
    this.#compactIfNeeded();
    return ok(revision);
  }

  /** Adds many relationships at once, as an import does: those that are there already are replaced. */
  load(revision: Revision, relationships: Iterable<Relationship>): Result<Revision> {
    this.#mustBeNewer(revision);
    const version = this.#revisions.length;
    for (const relationship of relationships) {
      const problem = problemOfRelationship(relationship);
      if (problem !== undefined) {
        this.#undo(version);
        return err(problem);
      }
      this.#apply({ operation: 'touch', relationship }, version);
    }
    this.#revisions.push(revision);
    return ok(revision);
  }

  /** Deletes what matches, at most `limit`. Problems: `relations/precondition-failed`, `/too-many-preconditions`. */
  deleteMatching(
    revision: Revision,
    filter: RelationshipFilter,
    options: WriteOptions & { readonly limit?: number },
  ): Result<Deletion> {
    this.#mustBeNewer(revision);
    const problem = this.#problemOfPreconditions(options);
    if (problem !== undefined) return problem;
    const { limit = Number.POSITIVE_INFINITY } = options;
    const rows: number[] = [];
    let complete = true;
    for (const row of rowsOfFilter(this.snapshot(), filter)) {
      if (rows.length === limit) {
        complete = false;
        break;
      }
      rows.push(row);
    }
    this.#revisions.push(revision);
    for (const row of rows) this.#graph.remove(row, this.#revisions.length - 1);
    this.#compactIfNeeded();
    return ok({ deleted: rows.length, complete });
  }

  /** Forgets what was deleted: older revisions than the newest are not to be had any more. */
  compact(): void {
    const { graph, version } = this.snapshot();
    const fresh = new RelationshipGraph(graph);
    for (let row = 1; row <= graph.rows.count; row += 1) {
      if (graph.visible(row, version)) fresh.add(graph.relationshipOf(row), 0);
    }
    this.#graph = fresh;
    this.#revisions = [this.revision];
  }

  #apply({ operation, relationship }: RelationshipUpdate, version: number): void {
    const graph = this.#graph;
    const row = graph.findRow(relationship);
    if (row !== 0) {
      if (operation !== 'delete' && sameCondition(graph.relationshipOf(row), relationship)) return;
      graph.remove(row, version);
    }
    if (operation !== 'delete') graph.add(relationship, version);
  }

  /** Takes back what a version that was never published had begun. */
  #undo(version: number): void {
    const fresh = new RelationshipGraph(this.#graph);
    const { graph } = this.snapshot();
    for (let row = 1; row <= graph.rows.count; row += 1) {
      if (graph.visible(row, version - 1)) fresh.add(graph.relationshipOf(row), 0);
    }
    this.#graph = fresh;
    this.#revisions = [this.revision];
  }

  #mustBeNewer(revision: Revision): void {
    if (revision <= this.revision) {
      throw new RangeError(`revision ${revision} is written after ${this.revision}: revisions only grow`);
    }
  }

  #problemOfUpdates(updates: readonly RelationshipUpdate[], options: WriteOptions): Result<never> | undefined {
    if (updates.length > MAX_UPDATES_PER_WRITE) {
      const message = `a write has ${updates.length} updates, and ${MAX_UPDATES_PER_WRITE} are the most`;
      return err({ code: 'relations/too-many-updates', message, hint: 'write in parts, or import' });
    }
    const seen = new Set<string>();
    for (const { operation, relationship } of updates) {
      const malformed = problemOfRelationship(relationship);
      if (malformed !== undefined) return err(malformed);
      const { caveat: _caveat, expiresAt: _expiresAt, ...bare } = relationship;
      const text = formatRelationship(bare);
      if (seen.has(text)) {
        const message = `the write has two updates of \`${text}\``;
        return err({ code: 'relations/duplicate-update', message, hint: 'say once what becomes of it' });
      }
      seen.add(text);
      if (operation === 'create' && this.#holds(relationship, options.now)) {
        const message = `\`${text}\` is there already`;
        return err({ code: 'relations/already-exists', message, hint: 'touch it, if it may be there' });
      }
    }
    return this.#problemOfPreconditions(options);
  }

  /** What has expired is there no longer, though its row still is. */
  #holds(relationship: Relationship, now: number): boolean {
    const row = this.#graph.findRow(relationship);
    return row !== 0 && (this.#graph.relationshipOf(row).expiresAt ?? Number.POSITIVE_INFINITY) > now;
  }

  #problemOfPreconditions({ preconditions = [], now }: WriteOptions): Result<never> | undefined {
    if (preconditions.length > MAX_PRECONDITIONS) {
      const message = `there are ${preconditions.length} preconditions, and ${MAX_PRECONDITIONS} are the most`;
      return err({ code: 'relations/too-many-preconditions', message });
    }
    for (const { kind, filter } of preconditions) {
      const found = this.read(this.snapshot(), filter, { now }).next();
      if ((kind === 'must-match') === (found.done !== true)) continue;
      const text = JSON.stringify(filter);
      const message =
        found.done === true
          ? `no relationship matches the precondition \`${text}\``
          : `\`${formatRelationship(found.value)}\` matches, and none may: \`${text}\``;
      return err({ code: 'relations/precondition-failed', message, hint: 'read again, then decide again' });
    }
    return undefined;
  }

  /** The relationships of a snapshot that match, in an order that is the same for the same snapshot. */
  *read(
    snapshot: RelationshipSnapshot,
    filter: RelationshipFilter,
    { now }: { readonly now: number },
  ): Generator<Relationship, undefined> {
    for (const row of rowsOfFilter(snapshot, filter)) {
      const relationship = snapshot.graph.relationshipOf(row);
      if ((relationship.expiresAt ?? Number.POSITIVE_INFINITY) > now && matches(filter, relationship)) {
        yield relationship;
      }
    }
    return undefined;
  }

  #compactIfNeeded(): void {
    const { dead, live } = this.#graph;
    if (dead > MIN_DEAD_ROWS && dead > live) this.compact();
  }
}
