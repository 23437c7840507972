/** The one question in AuthZEN's JSON (Authorization API 1.0 §5, §6.1), parsed: what every protocol that asks takes. */
import type { AccessRequest, Action, Entity } from '../kernel/access-request.ts';
import { parseJsonText } from '../kernel/json-text.ts';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** Nesting of a request's values: what a policy looks at is a few levels deep, and whoever reads a request recurses. */
export const MAX_REQUEST_DEPTH = 32;

/**
 * A JSON text as a request; fields that the standard does not know are ignored, as it demands. Codes:
 * `access-request/not-json`, `/missing-field`, `/bad-field`, `/too-deep`, `/bad-text`, `/bad-number`.
 */
export function parseAccessRequest(text: string): Result<AccessRequest> {
  let body: JsonValue;
  try {
    body = parseJsonText(text);
  } catch {
    return refuse('not-json', 'the body is not JSON', 'send an object with `subject`, `action` and `resource`');
  }
  if (!isObject(body)) return refuse('bad-field', 'the body is not a JSON object');
  const subject = entityAt(body, 'subject');
  if (!subject.ok) return subject;
  const action = actionOf(body);
  if (!action.ok) return action;
  const resource = entityAt(body, 'resource');
  if (!resource.ok) return resource;
  const context = objectAt(body, 'context', 'context');
  if (!context.ok) return context;
  const request = { subject: subject.value, action: action.value, resource: resource.value };
  const whole: AccessRequest = { ...request, context: context.value ?? {} };
  return checkValues(whole, 'the request', 0) ?? ok(whole);
}

function entityAt(body: JsonObject, field: 'subject' | 'resource'): Result<Entity> {
  const entity = objectAt(body, field, field);
  if (!entity.ok) return entity;
  if (entity.value === undefined) return missing(field);
  const type = textAt(entity.value, 'type', `${field}.type`);
  if (!type.ok) return type;
  const id = textAt(entity.value, 'id', `${field}.id`);
  if (!id.ok) return id;
  return withProperties({ type: type.value, id: id.value }, entity.value, field);
}

function actionOf(body: JsonObject): Result<Action> {
  const action = objectAt(body, 'action', 'action');
  if (!action.ok) return action;
  if (action.value === undefined) return missing('action');
  const name = textAt(action.value, 'name', 'action.name');
  return name.ok ? withProperties({ name: name.value }, action.value, 'action') : name;
}

function withProperties<T extends object>(
  base: T,
  from: JsonObject,
  path: string,
): Result<T & { readonly properties?: JsonObject }> {
  const properties = objectAt(from, 'properties', `${path}.properties`);
  if (!properties.ok) return properties;
  return ok(properties.value === undefined ? base : { ...base, properties: properties.value });
}

function textAt(from: JsonObject, field: string, path: string): Result<string> {
  const value = from[field];
  if (value === undefined) return missing(path);
  return typeof value === 'string' ? ok(value) : refuse('bad-field', `\`${path}\` is not a string`);
}

function objectAt(from: JsonObject, field: string, path: string): Result<JsonObject | undefined> {
  const value = Object.hasOwn(from, field) ? from[field] : undefined;
  if (value === undefined) return ok(undefined);
  return isObject(value) ? ok(value) : refuse('bad-field', `\`${path}\` is not an object`);
}

/** What JSON allows and no reader keeps as it was sent: a policy must not decide on something else than was meant. */
function checkValues(value: unknown, path: string, depth: number): Result<never> | undefined {
  if (typeof value === 'string') {
    return value.isWellFormed() ? undefined : refuse('bad-text', `${path} holds half of a surrogate pair`);
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return undefined;
    const hint = 'send it as text';
    return refuse('bad-number', `${path} holds a number beyond 2^53, whose last digits are lost in JSON`, hint);
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_REQUEST_DEPTH) {
    return refuse('too-deep', `the request nests deeper than ${MAX_REQUEST_DEPTH} levels`);
  }
  for (const [name, field] of Object.entries(value)) {
    const bad = name.isWellFormed()
      ? checkValues(field, depth === 0 ? `\`${name}\`` : path, depth + 1)
      : refuse('bad-text', `the name of a field of ${path} holds half of a surrogate pair`);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(path: string): Result<never> {
  return refuse('missing-field', `\`${path}\` is missing`);
}

function refuse(what: string, message: string, hint?: string): Result<never> {
  return err({ code: `access-request/${what}`, message, ...(hint === undefined ? {} : { hint }) });
}
