/** From a subject up: the sets that may contain it, where these are few. Whatever is not among them need not be searched. */
import { NODE_RELATION, NODE_OBJECT, NODE_RESOURCE_COUNT, NODE_RESOURCES, NODE_STRIDE } from '../store/node-table.ts';
import { STRIDE } from '../store/pair-table.ts';
import { NO_RELATION, ROW_NEXT_RESOURCE, ROW_RESOURCE } from '../store/relationship-graph.ts';
import type { CheckRun, Possibilities } from './check-run.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import type { Member } from './member.ts';
import { type Steps, stepsOf, usersetRelations } from './reach.ts';
import { Visited } from './visited.ts';

/** So many tuples are followed up at most: what costs no more than the search down had cost by then. */
const MAX_FOLLOWED = 16;

/**
 * INVARIANT (possible): a set that is not found does not contain the subject, whatever caveats, expirations and older
 * versions say: the rows of all versions are followed, and of exclusions and intersections only what grants.
 */
export class PossibleSets implements Possibilities {
  readonly #schema: CompiledSchema;
  readonly #steps: Steps;
  readonly #found = new Visited();
  #left = 0;

  constructor(schema: CompiledSchema) {
    this.#schema = schema;
    this.#steps = stepsOf(schema);
  }

  has(member: number, object: number): boolean {
    return this.#found.find(member, object) !== -1;
  }

  /** False where there are too many to follow: nothing is known then. */
  gather(run: CheckRun): boolean {
    this.#found.clear();
    this.#left = MAX_FOLLOWED;
    this.#start(run);
    this.#follow(run, run.subjectNode);
    this.#follow(run, run.wildcardNode);
    for (let entry = 0; entry < this.#found.count && this.#left >= 0; entry += 1) {
      const member = this.#schema.members[this.#found.memberOf(entry)] as Member;
      this.#ascend(run, member, this.#found.objectOf(entry));
    }
    return this.#left >= 0;
  }

  #start({ subjectType, subjectRelation, subjectObject }: CheckRun): void {
    if (subjectRelation !== NO_RELATION) {
      this.#add(this.#schema.memberAt(subjectType, subjectRelation), subjectObject);
      return;
    }
    for (const member of this.#steps.selves) if (member.type === subjectType) this.#add(member, subjectObject);
  }

  #add(member: Member | undefined, object: number): void {
    if (member !== undefined && !this.has(member.number, object)) this.#found.begin(member.number, object, 0);
  }

  #ascend(run: CheckRun, member: Member, object: number): void {
    const { computed, arrows } = this.#steps;
    for (const permission of computed[member.number] ?? []) this.#add(permission, object);
    for (const { tupleset, member: permission } of arrows[member.number] ?? []) {
      this.#followArrow(run, run.graph.nodes.find(object, NO_RELATION), tupleset, permission);
      for (const relation of usersetRelations(this.#schema, tupleset, member.typeName)) {
        this.#followArrow(run, run.graph.nodes.find(object, relation), tupleset, permission);
      }
    }
    this.#follow(run, run.graph.nodes.find(object, member.relation));
  }

  /** Whether the rows that have the node as their subject may be followed still. */
  #affords({ graph }: CheckRun, node: number): boolean {
    if (node === 0 || this.#left < 0) return false;
    this.#left -= graph.nodes.cells[node * NODE_STRIDE + NODE_RESOURCE_COUNT] as number;
    return this.#left >= 0;
  }

  #follow(run: CheckRun, node: number): void {
    if (!this.#affords(run, node)) return;
    const graph = run.graph;
    const nodes = graph.nodes.cells;
    const rows = graph.rows.cells;
    let row = nodes[node * NODE_STRIDE + NODE_RESOURCES] as number;
    for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_RESOURCE] as number) {
      const resource = (rows[row * STRIDE + ROW_RESOURCE] as number) * NODE_STRIDE;
      const object = nodes[resource + NODE_OBJECT] as number;
      const type = graph.objects.types[object] as number;
      this.#add(this.#schema.memberAt(type, nodes[resource + NODE_RELATION] as number), object);
    }
  }

  #followArrow(run: CheckRun, node: number, tupleset: Member, member: Member): void {
    if (!this.#affords(run, node)) return;
    const graph = run.graph;
    const nodes = graph.nodes.cells;
    const rows = graph.rows.cells;
    let row = nodes[node * NODE_STRIDE + NODE_RESOURCES] as number;
    for (; row !== 0; row = rows[row * STRIDE + ROW_NEXT_RESOURCE] as number) {
      const resource = (rows[row * STRIDE + ROW_RESOURCE] as number) * NODE_STRIDE;
      if (nodes[resource + NODE_RELATION] !== tupleset.relation) continue;
      const object = nodes[resource + NODE_OBJECT] as number;
      if (graph.objects.types[object] === tupleset.type) this.#add(member, object);
    }
  }
}
