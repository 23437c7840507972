/** The relationships as a graph in numbers: nodes are objects with a relation, rows lead from a resource to a subject. */
import { ELLIPSIS, type Relationship, type RelationshipCaveat } from './relationship.ts';
import { ObjectTable } from './object-table.ts';
import {
  NODE_OBJECT,
  NODE_OBJECT_COUNT,
  NODE_OBJECTS,
  NODE_RELATION,
  NODE_RESOURCE_COUNT,
  NODE_RESOURCES,
  NODE_STRIDE,
  NODE_USERSETS,
  NodeTable,
} from './node-table.ts';
import { PairTable, STRIDE } from './pair-table.ts';

/** Where the numbers of a row stand. */
export const ROW_RESOURCE = 0;
export const ROW_SUBJECT = 1;
/** The next row of the same resource, and of the same subject. */
export const ROW_NEXT_SUBJECT = 2;
export const ROW_NEXT_RESOURCE = 3;
/** The version that brought the row, and the one that took it away. */
export const ROW_CREATED = 4;
export const ROW_DELETED = 5;
/** The number of its condition, or 0. */
export const ROW_CONDITION = 6;
/** The row of the same resource and subject that this one took the place of, or 0. */
const ROW_OLDER = 7;

const NEVER = 0xffffffff;

/** The relation of a subject that is an object itself. */
export const NO_RELATION = 0;

export type Condition = { readonly caveat?: RelationshipCaveat; readonly expiresAt?: number };

/**
 * What is written is seen from its version on, and what is deleted up to before its version; so a reader of one
 * version may go on while later ones are written. Rows leave only when the graph is built anew.
 */
export class RelationshipGraph {
  readonly objects: ObjectTable;
  readonly nodes: NodeTable = new NodeTable();
  readonly rows: PairTable = new PairTable();
  readonly #conditions: (Condition | undefined)[] = [undefined];
  readonly #relationNumbers: Map<string, number>;
  readonly #relationNames: string[];
  #dead = 0;

  /** Of `like` the new graph takes over the numbers of types and relations, but nothing else. */
  constructor(like?: RelationshipGraph) {
    this.objects = new ObjectTable(like?.objects.typeNames);
    this.#relationNames = like === undefined ? [ELLIPSIS] : [...like.#relationNames];
    this.#relationNumbers = new Map(this.#relationNames.map((name, number) => [name, number]));
  }

  /** Rows that are there at the newest version. */
  get live(): number {
    return this.rows.count - this.#dead;
  }

  get dead(): number {
    return this.#dead;
  }

  internRelation(name: string): number {
    const known = this.#relationNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.#relationNames.push(name) - 1;
    this.#relationNumbers.set(name, number);
    return number;
  }

  /** Undefined where no relationship and no schema names it. */
  relationNumber(name: string): number | undefined {
    return this.#relationNumbers.get(name);
  }

  relationName(number: number): string {
    return this.#relationNames[number] as string;
  }

  condition(number: number): Condition {
    return this.#conditions[number] as Condition;
  }

  /** The row of the relationship's resource and subject at the newest version, or 0. */
  findRow(relationship: Relationship): number {
    const { resource, relation, subject } = relationship;
    const relationNumber = this.#relationNumbers.get(relation);
    const subjectRelation = this.#relationNumbers.get(subject.relation ?? ELLIPSIS);
    if (relationNumber === undefined || subjectRelation === undefined) return 0;
    const resourceNode = this.nodes.find(this.objects.find(resource.type, resource.id), relationNumber);
    const subjectNode = this.nodes.find(this.objects.find(subject.type, subject.id), subjectRelation);
    if (resourceNode === 0 || subjectNode === 0) return 0;
    const row = this.rows.find(resourceNode, subjectNode);
    return row !== 0 && this.rows.cells[row * STRIDE + ROW_DELETED] === NEVER ? row : 0;
  }

  /** The row of two nodes that is there at the version, or 0. */
  rowAt(resourceNode: number, subjectNode: number, version: number): number {
    let row = this.rows.find(resourceNode, subjectNode);
    const cells = this.rows.cells;
    while (row !== 0) {
      const at = row * STRIDE;
      if ((cells[at + ROW_CREATED] as number) <= version) {
        return (cells[at + ROW_DELETED] as number) > version ? row : 0;
      }
      row = cells[at + ROW_OLDER] as number;
    }
    return 0;
  }

  /** Whether the row is there at the version. */
  visible(row: number, version: number): boolean {
    const at = row * STRIDE;
    const cells = this.rows.cells;
    return (cells[at + ROW_CREATED] as number) <= version && (cells[at + ROW_DELETED] as number) > version;
  }

  /** Appends the relationship; the caller has removed a row of the same resource and subject that was there. */
  add(relationship: Relationship, version: number): void {
    const { resource, relation, subject, caveat, expiresAt } = relationship;
    const resourceNode = this.#internNode(resource.type, resource.id, relation);
    const subjectNode = this.#internNode(subject.type, subject.id, subject.relation ?? ELLIPSIS);
    const older = this.rows.find(resourceNode, subjectNode);
    const row = this.rows.put(resourceNode, subjectNode);
    const rows = this.rows.cells;
    const nodes = this.nodes.cells;
    const at = row * STRIDE;
    const head = resourceNode * NODE_STRIDE + (subject.relation === undefined ? NODE_OBJECTS : NODE_USERSETS);
    rows[at + ROW_NEXT_SUBJECT] = nodes[head] as number;
    nodes[head] = row;
    rows[at + ROW_NEXT_RESOURCE] = nodes[subjectNode * NODE_STRIDE + NODE_RESOURCES] as number;
    nodes[subjectNode * NODE_STRIDE + NODE_RESOURCES] = row;
    if (subject.relation === undefined) increment(nodes, resourceNode * NODE_STRIDE + NODE_OBJECT_COUNT);
    increment(nodes, subjectNode * NODE_STRIDE + NODE_RESOURCE_COUNT);
    rows[at + ROW_CREATED] = version;
    rows[at + ROW_DELETED] = NEVER;
    rows[at + ROW_OLDER] = older;
    if (caveat === undefined && expiresAt === undefined) return;
    const condition = { ...(caveat && { caveat }), ...(expiresAt !== undefined && { expiresAt }) };
    rows[at + ROW_CONDITION] = this.#conditions.push(condition) - 1;
  }

  remove(row: number, version: number): void {
    this.rows.cells[row * STRIDE + ROW_DELETED] = version;
    this.#dead += 1;
  }

  relationshipOf(row: number): Relationship {
    const at = row * STRIDE;
    const rows = this.rows.cells;
    const nodes = this.nodes.cells;
    const resource = (rows[at + ROW_RESOURCE] as number) * NODE_STRIDE;
    const subject = (rows[at + ROW_SUBJECT] as number) * NODE_STRIDE;
    const relation = nodes[subject + NODE_RELATION] as number;
    const reference = this.#reference(nodes[subject + NODE_OBJECT] as number);
    return {
      resource: this.#reference(nodes[resource + NODE_OBJECT] as number),
      relation: this.relationName(nodes[resource + NODE_RELATION] as number),
      subject: relation === NO_RELATION ? reference : { ...reference, relation: this.relationName(relation) },
      ...this.#conditions[rows[at + ROW_CONDITION] as number],
    };
  }

  #reference(object: number): { readonly type: string; readonly id: string } {
    return { type: this.objects.typeOf(object), id: this.objects.idOf(object) };
  }

  #internNode(type: string, id: string, relation: string): number {
    const object = this.objects.intern(type, id);
    const relationNumber = this.internRelation(relation);
    return this.nodes.find(object, relationNumber) || this.nodes.put(object, relationNumber);
  }
}

function increment(cells: Uint32Array, at: number): void {
  cells[at] = (cells[at] as number) + 1;
}
