/** Relationships as people write them: `document:readme#viewer@group:eng#member[caveat:{...}][expiration:...]`. */
import type { JsonObject } from '../../../kernel/json.ts';
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { MAX_OBJECT_ID_CHARACTERS, MAX_STORED_CONTEXT_BYTES } from './limits.ts';
import { ELLIPSIS, type ObjectReference, type Relationship, type SubjectReference, WILDCARD } from './relationship.ts';

const TYPE = /^(?:[a-z][a-z0-9_]{1,61}[a-z0-9]\/)*[a-z][a-z0-9_]{1,62}[a-z0-9]$/u;
const NAME = /^[a-z][a-z0-9_]{1,62}[a-z0-9]$/u;
const OBJECT_ID = /^[a-zA-Z0-9/_|\-=+]+$/u;

const PARTS =
  /^([^:#@]+):([^#@]+)#([^@]+)@([^:#]+):([^#[]+)(?:#([^[]+))?(?:\[(?!expiration:)([^:\]]+)(?::(\{.*\}))?\])?(?:\[expiration:([^\]]+)\])?$/su;

/** Problem: `relations/bad-relationship`. */
export function parseRelationship(text: string): Result<Relationship> {
  const match = PARTS.exec(text.trim());
  if (match === null) {
    const message = `\`${text.slice(0, 200)}\` is not a relationship`;
    return err(bad(message, 'write `type:id#relation@type:id`, such as `document:readme#viewer@user:ann`'));
  }
  const [, type = '', id = '', relation = '', subjectType = '', subjectId = '', subjectRelation] = match;
  const context = contextOf(match[8]);
  if (!context.ok) return context;
  const expiresAt = match[9] === undefined ? undefined : Date.parse(match[9]);
  if (Number.isNaN(expiresAt)) return err(bad(`the expiration \`${match[9]}\` is not a time of RFC 3339`));
  const relationship: Relationship = {
    resource: { type, id },
    relation,
    subject: subjectOf(subjectType, subjectId, subjectRelation),
    ...(match[7] !== undefined && { caveat: { name: match[7], context: context.value } }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  const problem = problemOfRelationship(relationship);
  return problem === undefined ? ok(relationship) : err(problem);
}

function subjectOf(type: string, id: string, relation: string | undefined): SubjectReference {
  return relation === undefined || relation === ELLIPSIS ? { type, id } : { type, id, relation };
}

function contextOf(text: string | undefined): Result<JsonObject> {
  if (text === undefined) return ok({});
  try {
    return ok(JSON.parse(text) as JsonObject);
  } catch {
    return err(bad(`the context \`${text.slice(0, 200)}\` of the caveat is not JSON`));
  }
}

/** What is malformed about it, if anything; whether a schema allows it is another question. */
export function problemOfRelationship(relationship: Relationship): Problem | undefined {
  const { resource, relation, subject, caveat, expiresAt } = relationship;
  const problem = problemOfObject('resource', resource) ?? problemOfSubject(subject);
  if (problem !== undefined) return problem;
  if (resource.id === WILDCARD) return bad('a resource is one object: `*` stands for subjects alone');
  if (!NAME.test(relation)) return bad(`\`${relation.slice(0, 100)}\` is no name of a relation`);
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) return bad('the expiration is not a time');
  if (caveat === undefined) return undefined;
  if (!TYPE.test(caveat.name)) return bad(`\`${caveat.name.slice(0, 100)}\` is no name of a caveat`);
  const bytes = new TextEncoder().encode(JSON.stringify(caveat.context)).length;
  if (bytes <= MAX_STORED_CONTEXT_BYTES) return undefined;
  return bad(`the context of the caveat has ${bytes} bytes, and ${MAX_STORED_CONTEXT_BYTES} are the most`);
}

function problemOfSubject(subject: SubjectReference): Problem | undefined {
  if (subject.relation !== undefined) {
    if (subject.id === WILDCARD) return bad('`*` has no relation: it stands for the objects themselves');
    if (!NAME.test(subject.relation)) return bad(`\`${subject.relation.slice(0, 100)}\` is no name of a relation`);
  }
  return problemOfObject('subject', subject);
}

function problemOfObject(role: string, { type, id }: ObjectReference): Problem | undefined {
  if (!TYPE.test(type)) return bad(`\`${type.slice(0, 100)}\` is no name of a type`);
  if (id.length > MAX_OBJECT_ID_CHARACTERS) {
    return bad(`the id of the ${role} has ${id.length} characters, and ${MAX_OBJECT_ID_CHARACTERS} are the most`);
  }
  if (OBJECT_ID.test(id) || id === WILDCARD) return undefined;
  return bad(`\`${id.slice(0, 100)}\` is no id of a ${role}`, 'letters, digits and `/_|-=+` make an id');
}

function bad(message: string, hint?: string): Problem {
  return { code: 'relations/bad-relationship', message, ...(hint !== undefined && { hint }) };
}

export function formatRelationship(relationship: Relationship): string {
  const { resource, relation, subject, caveat, expiresAt } = relationship;
  const context = caveat !== undefined && Object.keys(caveat.context).length > 0;
  const condition =
    caveat === undefined ? '' : `[${caveat.name}${context ? `:${JSON.stringify(caveat.context)}` : ''}]`;
  const expiration = expiresAt === undefined ? '' : `[expiration:${new Date(expiresAt).toISOString()}]`;
  return `${resource.type}:${resource.id}#${relation}@${formatSubject(subject)}${condition}${expiration}`;
}

export function formatSubject({ type, id, relation }: SubjectReference): string {
  return relation === undefined ? `${type}:${id}` : `${type}:${id}#${relation}`;
}
