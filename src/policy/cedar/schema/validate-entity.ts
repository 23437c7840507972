/** An entity's JSON as names and values, and whether it is one that the schema declares. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type EntityUid, formatUid, isActionType } from '../entity-uid.ts';
import { CedarRecord, fieldsOf } from '../value.ts';
import type { ActionSchema, CedarSchema, EntityTypeSchema } from './cedar-schema.ts';
import { hintOfNames, problemOfReference } from './entity-reference.ts';
import { isPlainObject, ownProperty, typeOfJson } from './json-object.ts';
import type { EntityResolver } from './read-value.ts';
import { recordFromJson, uidFromJson } from './value-json.ts';
import { locate } from './value-problem.ts';

/** What an entity's JSON says: everything but what follows from its ancestors. */
export type ParsedEntity = {
  readonly uid: EntityUid;
  readonly attributes: CedarRecord;
  readonly tags: CedarRecord;
  /** As written: duplicates are left in. */
  readonly parents: readonly EntityUid[];
};

/**
 * Reads one `{uid, attrs?, parents?, tags?}` and, with a schema, holds it against the declaration of its type; other
 * fields are ignored, as Cedar does. The actions of a schema must be as it declares them: see `problemOfAction`.
 */
export function entityFromJson(json: unknown, resolve: EntityResolver, schema?: CedarSchema): Result<ParsedEntity> {
  if (!isPlainObject(json)) return err(malformed('an entity', `should be an object, and is ${typeOfJson(json)}`));
  const named = uidFromJson(ownProperty(json, 'uid'));
  if (!named.ok) return err(locate(named.problem, 'attribute', 'the `uid` of an entity'));
  const uid = named.value;
  const name = `\`${formatUid(uid)}\``;
  // Of actions a schema says neither attributes nor tags; `problemOfAction` refuses them.
  const type = schema === undefined || isActionType(uid.type) ? undefined : declarationOf(schema, uid);
  if (type?.ok === false) return type;
  const attributes = recordFromJson(ownProperty(json, 'attrs', {}), type?.value.shape, resolve, schema);
  if (!attributes.ok) return err(locate(attributes.problem, 'attribute', name));
  const tags = tagsFromJson(ownProperty(json, 'tags', {}), uid, type?.value, resolve, schema);
  if (!tags.ok) return tags;
  const parents = parentsFromJson(ownProperty(json, 'parents', []), uid, type?.value, schema);
  if (!parents.ok) return parents;
  return ok({ uid, attributes: attributes.value, tags: tags.value, parents: parents.value });
}

/** The declaration of an entity's type; a problem where there is none, or where an enumeration lacks the id. */
export function declarationOf(schema: CedarSchema, uid: EntityUid): Result<EntityTypeSchema> {
  const type = schema.entityTypes.get(uid.type);
  if (type === undefined) {
    const message = `\`${formatUid(uid)}\` is of a type that the schema does not declare`;
    return err(withHint('cedar/unknown-entity-type', message, hintOfNames(uid.type, schema.entityTypes.keys())));
  }
  const failure = problemOfReference(schema, uid);
  return failure === undefined ? ok(type) : err(locate(failure.toProblem(), 'attribute', 'an entity'));
}

function tagsFromJson(
  json: unknown,
  uid: EntityUid,
  type: EntityTypeSchema | undefined,
  resolve: EntityResolver,
  schema: CedarSchema | undefined,
): Result<CedarRecord> {
  const name = `\`${formatUid(uid)}\``;
  if (!isPlainObject(json))
    return err(malformed(`the tags of ${name}`, `should be an object, and are ${typeOfJson(json)}`));
  const tags = Object.keys(json);
  if (type === undefined) {
    const record = recordFromJson(json, undefined, resolve, schema);
    return record.ok ? record : err(locate(record.problem, 'tag', name));
  }
  if (tags.length === 0) return ok(CedarRecord.EMPTY);
  if (type.tags === undefined) {
    const message = `${name} has tags, and the schema declares none for \`${type.name}\``;
    return err({ code: 'cedar/undeclared-tag', message });
  }
  const attribute = { type: type.tags, required: false };
  const attributes = new Map(tags.map((tag) => [tag, attribute]));
  const record = recordFromJson(json, { kind: 'Record', attributes }, resolve, schema);
  return record.ok ? record : err(locate(record.problem, 'tag', name));
}

function parentsFromJson(
  json: unknown,
  child: EntityUid,
  type: EntityTypeSchema | undefined,
  schema: CedarSchema | undefined,
): Result<readonly EntityUid[]> {
  const place = `the \`parents\` of \`${formatUid(child)}\``;
  if (!Array.isArray(json)) return err(malformed(place, `should be an array, and are ${typeOfJson(json)}`));
  const parents: EntityUid[] = [];
  for (const [index, item] of json.entries()) {
    const parent = uidFromJson(item);
    if (!parent.ok) return err(locate(parent.problem, 'attribute', `parent ${index} of \`${formatUid(child)}\``));
    const problem = problemOfParent(child, parent.value, type, schema);
    if (problem !== undefined) return err(problem);
    parents.push(parent.value);
  }
  return ok(parents);
}

function problemOfParent(
  child: EntityUid,
  parent: EntityUid,
  type: EntityTypeSchema | undefined,
  schema: CedarSchema | undefined,
): Problem | undefined {
  const names = `\`${formatUid(child)}\` has the parent \`${formatUid(parent)}\``;
  if (isActionType(child.type) && !isActionType(parent.type)) {
    return { code: 'cedar/bad-parent', message: `${names}, and an action can only be in actions` };
  }
  if (schema === undefined || type === undefined) return undefined;
  const failure = problemOfReference(schema, parent);
  if (failure !== undefined) return locate(failure.toProblem(), 'attribute', `a parent of \`${formatUid(child)}\``);
  if (type.ancestorTypes.has(parent.type)) return undefined;
  const allowed = [...type.ancestorTypes].map((name) => `\`${name}\``).join(', ');
  const hint = allowed === '' ? 'it can be in nothing' : `it can be in entities of ${allowed}`;
  const message = `${names}, and the schema does not let \`${child.type}\` be in \`${parent.type}\``;
  return { code: 'cedar/bad-parent', message, hint };
}

/**
 * An action among the entities must be as the schema declares it: without attributes and tags, and in the same groups.
 * `ancestors`: by `formatUid`, of the entities given together with it.
 */
export function problemOfAction(
  schema: CedarSchema,
  action: ParsedEntity,
  ancestors: ReadonlySet<string>,
): Problem | undefined {
  const declared = schema.actionOf(action.uid);
  if (declared === undefined) {
    const failure = problemOfReference(schema, action.uid);
    return failure === undefined ? undefined : locate(failure.toProblem(), 'attribute', 'an entity');
  }
  const bare = fieldsOf(action.attributes).length === 0 && fieldsOf(action.tags).length === 0;
  if (bare && ancestorsOfAction(schema, declared).symmetricDifference(ancestors).size === 0) return undefined;
  const message = `\`${formatUid(action.uid)}\` is not as the schema declares it`;
  const hint = 'leave actions out of the entities: those of the schema are always there';
  return { code: 'cedar/action-mismatch', message, hint };
}

/** The groups an action is in, and those that they are in, by `formatUid`. */
export function ancestorsOfAction(schema: CedarSchema, action: ActionSchema): ReadonlySet<string> {
  const ancestors = new Set<string>();
  const queue = [...action.parents];
  for (let uid = queue.pop(); uid !== undefined; uid = queue.pop()) {
    const name = formatUid(uid);
    if (ancestors.has(name)) continue;
    ancestors.add(name);
    queue.push(...(schema.actionOf(uid)?.parents ?? []));
  }
  return ancestors;
}

function malformed(subject: string, what: string): Problem {
  return { code: 'cedar/bad-entity', message: `${subject} ${what}` };
}

function withHint(code: string, message: string, hint: string | undefined): Problem {
  return hint === undefined ? { code, message } : { code, message, hint };
}
