/** The questions that a schema with its relationships answers: who may what, and whom or what else. */
import type { JsonObject } from '../../../kernel/json.ts';
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import type { RelationSchema } from '../schema/schema.ts';
import { NO_RELATION } from '../store/relationship-graph.ts';
import type { RelationshipStore } from '../store/relationship-store.ts';
import { type ObjectReference, type SubjectReference, WILDCARD } from '../store/relationship.ts';
import { type Answer, CAVEAT_FAULT, CYCLE, isConditional, NO, TOO_DEEP, YES } from './answer.ts';
import { CheckRun } from './check-run.ts';
import { CompiledSchema } from './compiled-schema.ts';
import type { EvaluateCaveat } from './evaluate-caveat.ts';
import { expandMember, type SubjectTree } from './expand.ts';
import { MAX_DEPTH, MAX_EXPANSION_DEPTH } from './limits.ts';
import type { Member } from './member.ts';
import type { Moment } from './moment.ts';
import type { CheckOutcome, CheckQuestion, Found, FoundSubject, Membership, Page, PageOptions } from './outcome.ts';
import { PossibleSets } from './possible-sets.ts';
import { type Reach, reachOf } from './reach.ts';
import { resourceCandidates } from './resource-candidates.ts';
import { subjectCandidates } from './subject-candidates.ts';

export type RelationsSource = {
  readonly schema: RelationSchema;
  readonly store: RelationshipStore;
  readonly evaluateCaveat: EvaluateCaveat;
  /** How many tuples a path may go through; SpiceDB has 50. */
  readonly maxDepth?: number;
};

/** Numbers that no object has: a resource and a subject that no relationship names. */
const UNKNOWN_RESOURCE = 0xffffffff;
const UNKNOWN_SUBJECT = 0xfffffffe;

const HAS: CheckOutcome = { kind: 'has' };
const HAS_NOT: CheckOutcome = { kind: 'has-not' };
const NO_CONTEXT: JsonObject = {};

/** A schema compiled for a store. Evaluation is synchronous, so that it sees one revision from begin to end. */
export class Relations {
  readonly #schema: CompiledSchema;
  readonly #source: RelationsSource;
  readonly #run: CheckRun;
  readonly #reaches = new Map<Member, Reach>();

  constructor(source: RelationsSource) {
    this.#source = source;
    this.#schema = new CompiledSchema(source.schema, source.store);
    this.#run = this.#newRun();
  }

  /** Problems: those of unknown names, `relations/too-deep`, `/cycle`, those of caveats. */
  check(question: CheckQuestion, moment: Moment): CheckOutcome {
    const { resource, permission, subject } = question;
    const member = this.#schema.member(resource.type, permission);
    if (member === undefined) return { kind: 'problem', problem: this.#unknown(resource.type, permission) };
    const run = this.#run;
    begin(run, moment);
    const problem = this.#setSubject(run, subject);
    if (problem !== undefined) return { kind: 'problem', problem };
    // Whom no relationship names is in nothing that is made of relationships.
    const named = run.subjectNode !== 0 || run.wildcardNode !== 0 || run.subjectRelation !== NO_RELATION;
    if (!named && !this.#schema.selves) return HAS_NOT;
    const known = run.graph.objects.findOfType(member.type, resource.id);
    const same = known === 0 && resource.id === subject.id && resource.type === subject.type;
    const object = same ? run.subjectObject : known || UNKNOWN_RESOURCE;
    return outcomeOf(run, run.check(member, object));
  }

  /** Each on its own: what is wrong with one says nothing of the others. */
  checkAll(questions: readonly CheckQuestion[], moment: Moment): readonly CheckOutcome[] {
    return questions.map((question) => this.check(question, moment));
  }

  /**
   * The resources of a type that have the subject in a permission, all of them, in the order of their ids. A page
   * names where to go on; ids that come to be between two pages are in them or not, by their place in the order.
   */
  lookupResources(
    question: { readonly resourceType: string; readonly permission: string; readonly subject: SubjectReference },
    moment: Moment,
    { cursor = '', limit = Number.POSITIVE_INFINITY }: PageOptions = {},
  ): Result<Page<Found>> {
    const { resourceType, permission, subject } = question;
    const member = this.#schema.member(resourceType, permission);
    if (member === undefined) return err(this.#unknown(resourceType, permission));
    const run = this.#newRun();
    begin(run, moment);
    const problem = this.#setSubject(run, subject);
    if (problem !== undefined) return err(problem);
    const { objects, sure } = resourceCandidates(this.#schema, run, member, this.#reachOf(member));
    const ids = new Map(objects.map((object) => [idOf(run, object, subject), object]));
    const found: Found[] = [];
    for (const id of [...ids.keys()].filter((each) => each > cursor).sort()) {
      const membership = sure ? HAS : outcomeOf(run, run.check(member, ids.get(id) as number));
      if (membership.kind === 'problem') return err(membership.problem);
      if (membership.kind === 'has-not') continue;
      if (found.length === limit) return ok({ found, cursor: (found.at(-1) as Found).id });
      found.push({ id, membership });
    }
    return ok({ found });
  }

  /**
   * The subjects of a type that are in a permission of the resource, in the order of their ids, where `*` comes first
   * of all. What `*` says holds of whom is named neither among its exclusions nor by a result of its own.
   */
  lookupSubjects(
    question: {
      readonly resource: ObjectReference;
      readonly permission: string;
      readonly subjectType: string;
      readonly subjectRelation?: string;
    },
    moment: Moment,
    { cursor = '', limit = Number.POSITIVE_INFINITY }: PageOptions = {},
  ): Result<Page<FoundSubject>> {
    const { resource, permission, subjectType, subjectRelation } = question;
    const member = this.#schema.member(resource.type, permission);
    if (member === undefined) return err(this.#unknown(resource.type, permission));
    const run = this.#newRun();
    begin(run, moment);
    // A subject that no relationship names is in what all are in, and in nothing else.
    const anybody = { type: subjectType, id: '', ...(subjectRelation !== undefined && { relation: subjectRelation }) };
    const problem = this.#setSubject(run, anybody);
    if (problem !== undefined) return err(problem);
    const graph = run.graph;
    const object = graph.objects.findOfType(member.type, resource.id) || UNKNOWN_RESOURCE;
    const all = outcomeOf(run, run.check(member, object));
    if (all.kind === 'problem') return err(all.problem);
    const wanted = { type: run.subjectType, relation: run.subjectRelation };
    const { objects, sure } = subjectCandidates(this.#schema, run, { member, object }, wanted);
    const ids = new Map(
      [...objects].map((each) => [each === UNKNOWN_RESOURCE ? resource.id : graph.objects.idOf(each), each]),
    );
    const found: FoundSubject[] = [];
    const excluded: { readonly id: string; readonly membership: Exclude<Membership, { kind: 'has' }> }[] = [];
    for (const id of [...ids.keys()].sort()) {
      const problemOfOne = this.#setSubject(run, { ...anybody, id });
      if (problemOfOne !== undefined) return err(problemOfOne);
      if (ids.get(id) === UNKNOWN_RESOURCE) run.subjectObject = UNKNOWN_RESOURCE;
      const membership = sure ? HAS : outcomeOf(run, run.check(member, object));
      if (membership.kind === 'problem') return err(membership.problem);
      if (membership.kind !== 'has-not') found.push({ id, membership });
      if (membership.kind !== 'has') excluded.push({ id, membership });
    }
    if (all.kind !== 'has-not')
      found.unshift({ id: WILDCARD, membership: all, ...(excluded.length > 0 && { excluded }) });
    return ok(pageOf(found, cursor, limit));
  }

  /** The sets of a permission or a relation of an object, as a tree. Problems as of `expandMember`. */
  expand(resource: ObjectReference, permission: string, moment: Moment): Result<SubjectTree> {
    const member = this.#schema.member(resource.type, permission);
    if (member === undefined) return err(this.#unknown(resource.type, permission));
    const { store, maxDepth = MAX_EXPANSION_DEPTH } = this.#source;
    const depth = Math.min(maxDepth, MAX_EXPANSION_DEPTH);
    return expandMember({ schema: this.#schema, store, moment, maxDepth: depth }, member, resource);
  }

  #newRun(): CheckRun {
    const { store, evaluateCaveat, maxDepth = MAX_DEPTH } = this.#source;
    return new CheckRun(store.snapshot().graph, evaluateCaveat, maxDepth, new PossibleSets(this.#schema));
  }

  #reachOf(member: Member): Reach {
    const known = this.#reaches.get(member);
    if (known !== undefined) return known;
    const reach = reachOf(this.#schema, member);
    this.#reaches.set(member, reach);
    return reach;
  }

  #setSubject(run: CheckRun, subject: SubjectReference): Problem | undefined {
    const { type, id, relation } = subject;
    if (id === WILDCARD) {
      const message = `\`${type}:*\` is not one subject: only relationships name all at once`;
      return { code: 'relations/wildcard-subject', message, hint: 'ask of one subject, or look subjects up' };
    }
    run.forget();
    const graph = run.graph;
    if (relation === undefined) {
      if (!this.#schema.schema.definitions.has(type)) return this.#unknownType(type);
      run.subjectRelation = NO_RELATION;
      const all = graph.objects.find(type, WILDCARD);
      run.wildcardNode = all === 0 ? 0 : graph.nodes.find(all, NO_RELATION);
    } else {
      const member = this.#schema.member(type, relation);
      if (member === undefined) return this.#unknown(type, relation);
      run.subjectRelation = member.relation;
      run.wildcardNode = 0;
    }
    // The schema has the type, so that it has a number.
    run.subjectType = graph.objects.internType(type);
    const object = graph.objects.findOfType(run.subjectType, id);
    run.subjectObject = object || UNKNOWN_SUBJECT;
    run.subjectNode = object === 0 ? 0 : graph.nodes.find(object, run.subjectRelation);
    return undefined;
  }

  #unknown(type: string, name: string): Problem {
    if (!this.#schema.schema.definitions.has(type)) return this.#unknownType(type);
    const message = `\`${type}\` has no relation or permission \`${name}\``;
    const meant = nearestName(name, this.#schema.membersOf(type).keys());
    const code = 'relations/unknown-relation';
    return meant === undefined ? { code, message } : { code, message, hint: `did you mean \`${meant}\`?` };
  }

  #unknownType(type: string): Problem {
    const meant = nearestName(type, this.#schema.schema.definitions.keys());
    const code = 'relations/unknown-type';
    const message = `the schema has no definition \`${type}\``;
    return meant === undefined ? { code, message } : { code, message, hint: `did you mean \`${meant}\`?` };
  }
}

function begin(run: CheckRun, { snapshot, now, context = NO_CONTEXT }: Moment): void {
  run.begin(snapshot.graph, snapshot.version, now, context);
}

/** A subject that no relationship names may be a resource of its own. */
function idOf(run: CheckRun, object: number, subject: SubjectReference): string {
  return object === UNKNOWN_SUBJECT ? subject.id : run.graph.objects.idOf(object);
}

function outcomeOf(run: CheckRun, answer: Answer): CheckOutcome {
  if (answer === YES) return HAS;
  if (answer === NO) return HAS_NOT;
  if (isConditional(answer)) return { kind: 'conditional', missing: run.answers.missing(answer) };
  return { kind: 'problem', problem: problemOf(run, answer) };
}

function problemOf(run: CheckRun, answer: Answer): Problem {
  switch (answer) {
    case TOO_DEEP: {
      const message = 'the relationships are nested more deeply than is followed';
      return { code: 'relations/too-deep', message, hint: 'relationships may lead back to where they came from' };
    }
    case CYCLE: {
      const message = 'whether the subject is in depends on its not being in: the relationships go around an exclusion';
      return { code: 'relations/cycle', message, hint: 'take one relationship out of the circle' };
    }
    default: {
      if (answer === CAVEAT_FAULT && run.complaint !== undefined) return run.complaint;
      throw new Error(`unknown answer ${answer}`);
    }
  }
}

function pageOf<T extends Found>(all: readonly T[], cursor: string, limit: number): Page<T> {
  const rest = all.filter(({ id }) => id > cursor);
  if (rest.length <= limit) return { found: rest };
  const found = rest.slice(0, limit);
  return { found, cursor: (found.at(-1) as T).id };
}
