/** One check under way: the subject, the moment, what is assumed and what was found out. Reused from check to check. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { STRIDE } from '../store/pair-table.ts';
import { NODE_OBJECT_COUNT, NODE_OBJECTS, NODE_STRIDE } from '../store/node-table.ts';
import {
  NO_RELATION,
  type RelationshipGraph,
  ROW_CONDITION,
  ROW_CREATED,
  ROW_DELETED,
  ROW_NEXT_SUBJECT,
  ROW_SUBJECT,
} from '../store/relationship-graph.ts';
import { type Answer, CAVEAT_FAULT, ConditionalAnswers, CYCLE, NO, TOO_DEEP, YES } from './answer.ts';
import type { EvaluateCaveat } from './evaluate-caveat.ts';
import { DONE, INDEPENDENT, Visited } from './visited.ts';

/** So many sets are remembered from one check to the next of the same subject. */
const MAX_REMEMBERED = 4_000_000;

/** Up to so many rows of a node are walked: they mostly lie side by side, where a hash table would not. */
const MAX_WALKED_ROWS = 6;

/** What a run asks: a relation or a permission of a type. */
export type EnteredSet = {
  /** Distinct for each member of the schema. */
  readonly number: number;
  /** Whether its evaluation follows tuples to other objects, so that it may be come by again. */
  leads: boolean;
  /** Whether the subject of the run is in the set of the object. */
  evaluate: (run: CheckRun, object: number) => Answer;
};

/** Which sets may contain the subject of a run at all. */
export type Possibilities = {
  /** Finds them out; false where there are too many. */
  readonly gather: (run: CheckRun) => boolean;
  readonly has: (member: number, object: number) => boolean;
};

/** So many sets are entered before it is found out which of them are possible: most checks end before. */
const ENTERED_BEFORE_GATHERING = 12;

export class CheckRun {
  graph: RelationshipGraph;
  version = 0;
  /** The subject: the number of the object, its type and relation, its node, and the node of its type's wildcard. */
  subjectObject = 0;
  subjectType = 0;
  subjectRelation = 0;
  subjectNode = 0;
  wildcardNode = 0;
  readonly answers: ConditionalAnswers = new ConditionalAnswers();
  /** What a caveat complained of, once one did. */
  complaint: Problem | undefined;
  /** How many complements the search is inside of. */
  negations = 0;
  #now = 0;
  #context: JsonObject = {};
  readonly #evaluateCaveat: EvaluateCaveat;
  readonly #maxDepth: number;
  readonly #visited = new Visited();
  readonly #possible: Possibilities;
  #entered = 0;
  #gathered = false;
  #depth = 0;
  #tooDeep = false;
  /** The lowest place in the stack that what is evaluated now has rested on so far. */
  #lowest = INDEPENDENT;
  readonly #negationsAt: Int32Array;
  /** Whether somebody assumed the set at a place in the stack to be empty. */
  readonly #assumed: Uint8Array;

  constructor(graph: RelationshipGraph, evaluateCaveat: EvaluateCaveat, maxDepth: number, possible: Possibilities) {
    this.graph = graph;
    this.#evaluateCaveat = evaluateCaveat;
    this.#maxDepth = maxDepth;
    this.#possible = possible;
    this.#negationsAt = new Int32Array(maxDepth + 1);
    this.#assumed = new Uint8Array(maxDepth + 1);
  }

  /** A new moment: the snapshot, the time in milliseconds since 1970, and what the request tells. */
  begin(graph: RelationshipGraph, version: number, now: number, context: JsonObject): void {
    this.graph = graph;
    this.version = version;
    this.#now = now;
    this.#context = context;
    this.answers.clear();
  }

  /** Forgets what was found out: it is of another subject, or another moment. */
  forget(): void {
    this.#visited.clear();
    this.#entered = 0;
    this.#gathered = false;
  }

  /** What was found out before is used again, until it is forgotten. */
  check(member: EnteredSet, object: number): Answer {
    if (this.#visited.count > MAX_REMEMBERED) this.#visited.clear();
    this.#depth = 0;
    this.#tooDeep = false;
    this.#lowest = INDEPENDENT;
    this.negations = 0;
    try {
      return member.evaluate(this, object);
    } catch (error) {
      // Whoever called may have left little of the stack: this ends as any search does that goes too deep.
      if (!(error instanceof RangeError)) throw error;
      this.#visited.clear();
      return TOO_DEEP;
    }
  }

  /**
   * A set that a tuple leads to: evaluated once, and assumed to be empty where it is under way already. The least set
   * that agrees with its definition is meant, and a path that comes back to where it was grants nothing new.
   *
   * INVARIANT (cycle): an assumption that did not come true takes every answer back that rested on it. A set that is
   * under way is not assumed to be empty inside of a complement, where that would grant: the answer is then `CYCLE`.
   */
  enter(member: EnteredSet, object: number): Answer {
    if (!member.leads) return member.evaluate(this, object);
    if (this.#gathered) {
      if (!this.#possible.has(member.number, object)) return NO;
    } else if (++this.#entered === ENTERED_BEFORE_GATHERING) {
      this.#gathered = this.#possible.gather(this);
    }
    const visited = this.#visited;
    let entry = visited.find(member.number, object);
    if (entry !== -1) {
      const place = visited.places[entry] as number;
      if (place === DONE) {
        const lowest = visited.lowest[entry] as number;
        if (lowest < this.#lowest) this.#lowest = lowest;
        return visited.answers[entry] as number;
      }
      if (place !== -1) {
        this.#assumed[place] = 1;
        if (place < this.#lowest) this.#lowest = place;
        return this.negations > (this.#negationsAt[place] as number) ? CYCLE : NO;
      }
    }
    const place = this.#depth;
    // Once a path was too long the search only ends: it would come by the same ends on exponentially many ways.
    if (place === this.#maxDepth || this.#tooDeep) {
      this.#tooDeep = true;
      return TOO_DEEP;
    }
    if (entry === -1) entry = visited.begin(member.number, object, place);
    else visited.places[entry] = place;
    this.#depth = place + 1;
    this.#negationsAt[place] = this.negations;
    this.#assumed[place] = 0;
    const outer = this.#lowest;
    this.#lowest = INDEPENDENT;
    const mark = visited.provisional;
    const answer = member.evaluate(this, object);
    this.#depth = place;
    this.#close(entry, place, mark, answer);
    if (outer < this.#lowest) this.#lowest = outer;
    return answer;
  }

  #close(entry: number, place: number, mark: number, answer: Answer): void {
    const visited = this.#visited;
    const rests = this.#lowest < place;
    if (visited.provisional > mark && this.#assumed[place] === 1) {
      if (answer !== NO) visited.drop(mark, false);
      else if (rests) visited.lower(mark, place, this.#lowest);
      else visited.drop(mark, true);
    }
    const lowest = answer === YES || !rests ? INDEPENDENT : this.#lowest;
    this.#lowest = lowest;
    visited.finish(entry, answer, lowest);
  }

  /** Whether a row counts at the version, the moment and in the context. */
  holds(row: number): Answer {
    const cells = this.graph.rows.cells;
    const at = row * STRIDE;
    if ((cells[at + ROW_DELETED] as number) <= this.version || (cells[at + ROW_CREATED] as number) > this.version) {
      return NO;
    }
    const condition = cells[at + ROW_CONDITION] as number;
    return condition === 0 ? YES : this.#holdsCondition(condition);
  }

  /** Whether a row is there at the version and the moment, whatever its caveat says. */
  present(row: number): boolean {
    const cells = this.graph.rows.cells;
    if (!this.graph.visible(row, this.version)) return false;
    const condition = cells[row * STRIDE + ROW_CONDITION] as number;
    return condition === 0 || (this.graph.condition(condition).expiresAt ?? Number.POSITIVE_INFINITY) > this.#now;
  }

  /** Whether a node names the subject itself. */
  names(resourceNode: number): Answer {
    const subjectNode = this.subjectNode;
    if (subjectNode === 0) return NO;
    if (this.subjectRelation !== NO_RELATION) return this.related(resourceNode, subjectNode);
    const nodes = this.graph.nodes.cells;
    const node = resourceNode * NODE_STRIDE;
    if ((nodes[node + NODE_OBJECT_COUNT] as number) > MAX_WALKED_ROWS) return this.related(resourceNode, subjectNode);
    const rows = this.graph.rows.cells;
    let row = nodes[node + NODE_OBJECTS] as number;
    for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_SUBJECT] as number) {
      if (rows[row * STRIDE + ROW_SUBJECT] !== subjectNode) continue;
      const held = this.holds(row);
      // One that was replaced by another is not the one that counts.
      if (held !== NO) return held;
    }
    return NO;
  }

  /** The row between two nodes that counts, as `holds`. */
  related(resourceNode: number, subjectNode: number): Answer {
    if (subjectNode === 0) return NO;
    const row = this.graph.rowAt(resourceNode, subjectNode, this.version);
    return row === 0 ? NO : this.holds(row);
  }

  #holdsCondition(number: number): Answer {
    const { caveat, expiresAt } = this.graph.condition(number);
    if (expiresAt !== undefined && expiresAt <= this.#now) return NO;
    if (caveat === undefined) return YES;
    const outcome = this.#evaluateCaveat(caveat.name, caveat.context, this.#context);
    switch (outcome.kind) {
      case 'true':
        return YES;
      case 'false':
        return NO;
      case 'conditional':
        return this.answers.of(outcome.missing);
      case 'error':
        this.complaint = outcome.problem;
        return CAVEAT_FAULT;
    }
  }
}
