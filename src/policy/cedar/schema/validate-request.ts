/** Whether a schema allows a request at all: its action, the types of principal and resource, its context. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type EntityUid, formatUid } from '../entity-uid.ts';
import { CedarRecord } from '../value.ts';
import type { ActionSchema, CedarSchema } from './cedar-schema.ts';
import { problemOfReference } from './entity-reference.ts';
import type { EntityResolver } from './read-value.ts';
import { valueFromJson } from './value-json.ts';
import { locate } from './value-problem.ts';
import { declarationOf } from './validate-entity.ts';

export type RequestUids = { readonly principal: EntityUid; readonly action: EntityUid; readonly resource: EntityUid };

/** The declaration of the action, whose `context` the context must have; or why no policy is asked. */
export function validateRequest(schema: CedarSchema, request: RequestUids): Result<ActionSchema> {
  const action = schema.actionOf(request.action);
  if (action === undefined) return err(undeclaredAction(schema, request.action));
  // The two on the path of every request that is valid; the rest finds out what is wrong.
  if (action.principalTypes.has(request.principal.type) && action.resourceTypes.has(request.resource.type)) {
    const { entityTypes } = schema;
    const principalIds = entityTypes.get(request.principal.type)?.ids;
    const resourceIds = entityTypes.get(request.resource.type)?.ids;
    const unlisted =
      (principalIds !== undefined && !principalIds.has(request.principal.id)) ||
      (resourceIds !== undefined && !resourceIds.has(request.resource.id));
    if (!unlisted) return ok(action);
  }
  return err(problemOfRequest(schema, request, action));
}

function problemOfRequest(schema: CedarSchema, request: RequestUids, action: ActionSchema): Problem {
  return (
    problemOf(schema, 'principal', request.principal, action, action.principalTypes) ??
    problemOf(schema, 'resource', request.resource, action, action.resourceTypes) ?? {
      code: 'cedar/bad-request',
      message: `\`${formatUid(request.action)}\` does not apply to this principal and this resource`,
    }
  );
}

function problemOf(
  schema: CedarSchema,
  role: 'principal' | 'resource',
  uid: EntityUid,
  action: ActionSchema,
  allowed: ReadonlySet<string>,
): Problem | undefined {
  const declared = declarationOf(schema, uid);
  if (!declared.ok) return { ...declared.problem, message: `the ${role}: ${declared.problem.message}` };
  if (allowed.has(uid.type)) return undefined;
  const types = [...allowed].map((type) => `\`${type}\``).join(', ');
  const hint = types === '' ? `the action only groups others` : `the schema allows ${types}`;
  const message = `the ${role} of \`${formatUid(action.uid)}\` cannot be of type \`${uid.type}\``;
  return { code: `cedar/bad-${role}-type`, message, hint };
}

function undeclaredAction(schema: CedarSchema, uid: EntityUid): Problem {
  const failure = problemOfReference(schema, uid);
  if (failure !== undefined) return locate(failure.toProblem(), 'attribute', 'the request');
  const message = `\`${formatUid(uid)}\` is no action: the type of an action is \`Action\`, in whatever namespace`;
  return { code: 'cedar/undeclared-action', message };
}

/** The context of a request as a record; with the declaration of its action it must have exactly the declared type. */
export function contextFromJson(
  json: unknown,
  action: ActionSchema | undefined,
  resolve: EntityResolver,
  schema?: CedarSchema,
): Result<CedarRecord> {
  const value = valueFromJson(json, action?.context, resolve, schema);
  if (!value.ok) return err(locate(value.problem, 'attribute', 'the context'));
  if (value.value instanceof CedarRecord) return ok(value.value);
  return err({ code: 'cedar/type-mismatch', message: 'the context should be a record' });
}
