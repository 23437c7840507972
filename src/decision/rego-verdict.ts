/** What the values of `deny` and `allow` mean: refusals with their messages, a permit with its obligations, or neither. */
import type { JsonValue } from '../kernel/json.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Obligation } from '../kernel/verdict.ts';
import { getOfObject, listOf } from '../policy/rego/values/access.ts';
import { formatJson } from '../policy/rego/values/json.ts';
import { isObject, type RegoObject, type RegoValue, typeOf } from '../policy/rego/values/value.ts';

/** More are counted: the record of a decision is for people. */
const MAX_MESSAGES = 16;
const MAX_MESSAGE_CHARACTERS = 500;

/** In which member of an object its message stands: what Gatekeeper's, Conftest's and OPA's own examples write. */
const MESSAGE_MEMBERS = ['msg', 'message', 'reason'] as const;

export type Permission =
  | { readonly kind: 'allowed'; readonly message: string | undefined; readonly obligations: readonly Obligation[] }
  | { readonly kind: 'not-allowed'; readonly message: string | undefined };

/** A message, and the value that it was made of: all of `deny`, or a member of it. */
export type Denial = { readonly message: string; readonly value: RegoValue };

/** What denies, with its messages; none where nothing does. The error says why the value is no answer. */
export function denialsOf(value: RegoValue | undefined): Result<readonly Denial[], string> {
  if (value === undefined || value === false) return ok([]);
  if (value === true) return ok([{ message: 'it is denied', value }]);
  const members = listOf(value);
  if (members !== undefined) return ok(memberDenials(members));
  if (typeof value === 'string' || isObject(value)) return ok([denial(value)]);
  return err(`is a ${typeOf(value)}: it must be a boolean, or a set of messages`);
}

function memberDenials(members: readonly RegoValue[]): readonly Denial[] {
  const denials = members.slice(0, MAX_MESSAGES).map(denial);
  const [next] = members.slice(MAX_MESSAGES);
  if (next === undefined) return denials;
  return [...denials, { message: `and ${members.length - denials.length} more`, value: next }];
}

function denial(value: RegoValue): Denial {
  if (typeof value === 'string') return { message: bounded(value), value };
  const message = (isObject(value) ? messageIn(value) : undefined) ?? bounded(formatJson(value));
  return { message, value };
}

function messageIn(object: RegoObject): string | undefined {
  for (const name of MESSAGE_MEMBERS) {
    const message = getOfObject(object, name);
    if (typeof message === 'string') return bounded(message);
  }
  return undefined;
}

/**
 * An object says `allow` or `allowed`. What else it says beside its message is an obligation of its name, and
 * `obligations` a list of them: whoever forwards must know each, or deny.
 */
export function permissionOf(value: RegoValue | undefined): Result<Permission, string> {
  if (value === true) return ok({ kind: 'allowed', message: undefined, obligations: [] });
  if (value === false || value === undefined) return ok({ kind: 'not-allowed', message: undefined });
  if (!isObject(value)) return err(`is a ${typeOf(value)}: it must be a boolean, or an object with \`allow\``);
  const message = messageIn(value);
  const answers = [getOfObject(value, 'allow'), getOfObject(value, 'allowed')].filter((each) => each !== undefined);
  if (answers.length !== 1 || typeof answers[0] !== 'boolean') {
    return err('is an object, in which one of `allow` and `allowed` must be true or false');
  }
  if (!answers[0]) return ok({ kind: 'not-allowed', message });
  const obligations = obligationsOf(value);
  return obligations.ok ? ok({ kind: 'allowed', message, obligations: obligations.value }) : obligations;
}

const NO_OBLIGATIONS: ReadonlySet<string> = new Set(['allow', 'allowed', 'obligations', ...MESSAGE_MEMBERS]);

function obligationsOf(value: RegoObject): Result<readonly Obligation[], string> {
  const json = toJson(value) as Readonly<Record<string, JsonValue>>;
  const obligations = Object.entries(json)
    .filter(([name]) => !NO_OBLIGATIONS.has(name))
    .map(([kind, data]) => ({ kind, data: isJsonObject(data) ? data : { value: data } }));
  if (!Object.hasOwn(json, 'obligations')) return ok(obligations);
  const { obligations: listed } = json;
  if (!Array.isArray(listed)) return err('is an object whose `obligations` are no list');
  for (const each of listed as readonly JsonValue[]) {
    const { kind, data, ...others } = isJsonObject(each) ? each : {};
    if (typeof kind !== 'string' || Object.keys(others).length > 0 || (data !== undefined && !isJsonObject(data))) {
      return err('is an object in whose `obligations` not each has a `kind`, and perhaps an object `data`');
    }
    obligations.push({ kind, ...(data === undefined ? {} : { data }) } as (typeof obligations)[number]);
  }
  return ok(obligations);
}

function isJsonObject(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets become arrays. */
export function toJson(value: RegoValue): JsonValue {
  return JSON.parse(formatJson(value)) as JsonValue;
}

function bounded(text: string): string {
  if (text.length <= MAX_MESSAGE_CHARACTERS) return text.toWellFormed();
  return `${text.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed()}…`;
}
