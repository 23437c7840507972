/** From JSON to a value of Cedar, one case for each type: what `valueFromJson` does. */
import { describeCallFailure, extensionCalls } from '../extensions/functions.ts';
import { typeOfValue } from '../extensions/value-type.ts';
import { MAX_EXPRESSION_DEPTH } from '../limits.ts';
import { longOf } from '../long.ts';
import { EXTENSION_FUNCTIONS, type ExtensionFunction } from '../syntax.ts';
import { CedarRecord, CedarSet, type Entity, fieldKey, type Value } from '../value.ts';
import { type CedarSchema, type CedarType, type RecordField, recordFields, type RecordType } from './cedar-schema.ts';
import { describeType, hasType } from './cedar-type.ts';
import { hintOfNames, problemOfReference, readUid } from './entity-reference.ts';
import { CONSTRUCTORS, SIGNATURES } from './extension-signatures.ts';
import { isPlainObject, ownProperty, typeOfJson } from './json-object.ts';
import { shown, ValueFailure } from './value-problem.ts';

/** The one object of an entity; made when there is none. */
export type EntityResolver = (type: string, id: string) => Entity;

export type ReadScope = { readonly resolve: EntityResolver; readonly schema: CedarSchema | undefined };

type JsonRecord = { readonly [name: string]: unknown };

export function readValue(json: unknown, type: CedarType, scope: ReadScope, depth: number): Value | ValueFailure {
  switch (type.kind) {
    case 'String':
      return typeof json === 'string' && json.isWellFormed() ? json : readPlain(json, type, scope, depth);
    case 'Boolean':
      return typeof json === 'boolean' ? json : readPlain(json, type, scope, depth);
    case 'Long':
      // `+ 0` makes 0 of -0.
      return Number.isSafeInteger(json) ? (json as number) + 0 : readPlain(json, type, scope, depth);
    case 'Set':
      return Array.isArray(json) ? readSet(json, type.element, scope, depth) : readPlain(json, type, scope, depth);
    case 'Record':
      return isPlainObject(json) ? readRecord(json, type, scope, depth) : readPlain(json, type, scope, depth);
    case 'Entity':
      return isPlainObject(json) ? checked(readReference(json, scope), type) : mismatch(json, type);
    case 'Extension':
      return checked(readExtension(json, CONSTRUCTORS[type.name], scope, depth), type);
  }
}

/** Where the type does not change what the JSON means. */
function readPlain(json: unknown, type: CedarType, scope: ReadScope, depth: number): Value | ValueFailure {
  return checked(readUntyped(json, scope, depth), type);
}

function checked(value: Value | ValueFailure, type: CedarType): Value | ValueFailure {
  if (value instanceof ValueFailure || hasType(value, type)) return value;
  return new ValueFailure('cedar/type-mismatch', `should be ${describeType(type)}, and is ${typeOfValue(value)}`);
}

function mismatch(json: unknown, type: CedarType): ValueFailure {
  return new ValueFailure('cedar/type-mismatch', `should be ${describeType(type)}, and is ${typeOfJson(json)}`);
}

export function readUntyped(json: unknown, scope: ReadScope, depth: number): Value | ValueFailure {
  switch (typeof json) {
    case 'boolean':
      return json;
    case 'string':
      return json.isWellFormed()
        ? json
        : new ValueFailure('cedar/bad-text', 'has half a surrogate pair, which is no text of Unicode');
    case 'number':
      return Number.isSafeInteger(json) ? json + 0 : notLong(json);
    case 'bigint':
      return longOf(json) ?? new ValueFailure('cedar/overflow', 'does not fit 64 bits');
    case 'object':
      if (Array.isArray(json)) return readSet(json, undefined, scope, depth);
      return isPlainObject(json) ? readObject(json, scope, depth) : notValue(json);
    case 'undefined':
    case 'function':
    case 'symbol':
      return notValue(json);
  }
}

function readSet(
  json: readonly unknown[],
  element: CedarType | undefined,
  scope: ReadScope,
  depth: number,
): CedarSet | ValueFailure {
  if (depth >= MAX_EXPRESSION_DEPTH) return tooDeep();
  const values: Value[] = [];
  for (let index = 0; index < json.length; index += 1) {
    const item = json[index];
    const value =
      element === undefined ? readUntyped(item, scope, depth + 1) : readValue(item, element, scope, depth + 1);
    if (value instanceof ValueFailure) return value.within(index);
    values.push(value);
  }
  return CedarSet.of(values);
}

export function readRecord(
  json: JsonRecord,
  type: RecordType | undefined,
  scope: ReadScope,
  depth: number,
): CedarRecord | ValueFailure {
  if (depth >= MAX_EXPRESSION_DEPTH) return tooDeep();
  return type === undefined ? readOpenRecord(json, scope, depth) : readTypedRecord(json, type, scope, depth);
}

function readOpenRecord(json: JsonRecord, scope: ReadScope, depth: number): CedarRecord | ValueFailure {
  const record = new CedarRecord();
  for (const name of Object.keys(json)) {
    if (!name.isWellFormed()) {
      return new ValueFailure('cedar/bad-text', 'has a name with half a surrogate pair, which is no text of Unicode');
    }
    const value = readUntyped(json[name], scope, depth + 1);
    if (value instanceof ValueFailure) return value.within(name);
    record[fieldKey(name)] = value;
  }
  return record;
}

/** In the order of the type, so that all records of one type have one hidden class. */
function readTypedRecord(
  json: JsonRecord,
  type: RecordType,
  scope: ReadScope,
  depth: number,
): CedarRecord | ValueFailure {
  const fields = type.fields ?? recordFields(type.attributes);
  const record = new CedarRecord();
  let found = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as RecordField;
    if (!Object.hasOwn(json, field.name)) {
      if (field.required) return missing(field.name, field.type);
      continue;
    }
    const value = readValue(json[field.name], field.type, scope, depth + 1);
    if (value instanceof ValueFailure) return value.within(field.name);
    record[field.key] = value;
    found += 1;
  }
  return countNames(json) === found ? record : (undeclared(json, type) ?? record);
}

/** V8 keeps the names of an object for a loop like this; a prototype with names makes it count too many. */
function countNames(json: JsonRecord): number {
  let count = 0;
  for (const _ in json) count += 1;
  return count;
}

function undeclared(json: JsonRecord, type: RecordType): ValueFailure | undefined {
  const name = Object.keys(json).find((candidate) => !type.attributes.has(candidate));
  if (name === undefined) return undefined;
  const hint = hintOfNames(name, type.attributes.keys());
  return new ValueFailure('cedar/undeclared-attribute', 'is not declared in the schema', hint).within(name);
}

function missing(name: string, type: CedarType): ValueFailure {
  const hint = `the schema requires ${describeType(type)} there`;
  return new ValueFailure('cedar/missing-attribute', 'is missing', hint).within(name);
}

/**
 * An object that nothing is known of: an escape when its only name is that of one, otherwise a record. A malformed
 * escape is refused, where Cedar takes it for a record: it is a mistake, and what comes of it is a surprise.
 */
function readObject(json: JsonRecord, scope: ReadScope, depth: number): Value | ValueFailure {
  if (depth >= MAX_EXPRESSION_DEPTH) return tooDeep();
  const [name, more] = Object.keys(json);
  if (more !== undefined) return readOpenRecord(json, scope, depth);
  if (name === '__entity') return readReference(json, scope);
  if (name === '__expr') return removedEscape();
  if (name === '__extn') {
    const call = callOf(json['__extn']);
    return call === undefined ? badCall() : readCall(call, false, scope, depth);
  }
  return readOpenRecord(json, scope, depth);
}

function readReference(json: JsonRecord, scope: ReadScope): Value | ValueFailure {
  const uid = readUid(json);
  if (uid instanceof ValueFailure) return uid;
  const problem = scope.schema === undefined ? undefined : problemOfReference(scope.schema, uid);
  return problem ?? scope.resolve(uid.type, uid.id);
}

type Call = { readonly fn: string; readonly args: readonly unknown[] };

function callOf(json: unknown): Call | undefined {
  if (!isPlainObject(json)) return undefined;
  const fn = ownProperty(json, 'fn');
  if (typeof fn !== 'string') return undefined;
  if (Object.hasOwn(json, 'arg')) return { fn, args: [json['arg']] };
  const args = ownProperty(json, 'args');
  return Array.isArray(args) ? { fn, args } : undefined;
}

/** Where an extension value is wanted: a call with or without its escape, or the argument of the constructor alone. */
function readExtension(
  json: unknown,
  implied: ExtensionFunction,
  scope: ReadScope,
  depth: number,
): Value | ValueFailure {
  if (typeof json === 'string') return evaluateCall(implied, [json]);
  if (isPlainObject(json)) {
    if (typeof ownProperty(json, '__expr') === 'string') return removedEscape();
    const call = callOf(ownProperty(json, '__extn')) ?? callOf(json);
    if (call !== undefined) return readCall(call, true, scope, depth);
  }
  return readCall({ fn: implied, args: [json] }, false, scope, depth);
}

/** `typed`: the arguments, too, may leave their escapes out. */
function readCall(call: Call, typed: boolean, scope: ReadScope, depth: number): Value | ValueFailure {
  if (depth >= MAX_EXPRESSION_DEPTH) return tooDeep();
  if (!isExtensionFunction(call.fn)) {
    const hint = hintOfNames(call.fn, Object.keys(EXTENSION_FUNCTIONS));
    return new ValueFailure(
      'cedar/bad-extension-value',
      `calls ${shown(call.fn)}, which is no extension function`,
      hint,
    );
  }
  const { parameters } = SIGNATURES[call.fn];
  if (call.args.length !== parameters.length) {
    const message = `calls \`${call.fn}\` with ${call.args.length} arguments, and it takes ${parameters.length}`;
    return new ValueFailure('cedar/bad-extension-value', message);
  }
  const values: Value[] = [];
  for (const [index, type] of parameters.entries()) {
    const argument = call.args[index];
    const value = typed ? readValue(argument, type, scope, depth + 1) : readUntyped(argument, scope, depth + 1);
    if (value instanceof ValueFailure) return value;
    values.push(value);
  }
  return evaluateCall(call.fn, values);
}

function isExtensionFunction(name: string): name is ExtensionFunction {
  return Object.hasOwn(EXTENSION_FUNCTIONS, name);
}

function evaluateCall(name: ExtensionFunction, values: readonly Value[]): Value | ValueFailure {
  const [first, second] = values;
  // A function of one argument does not look at the second.
  const result = first === undefined ? undefined : extensionCalls[name](first, second ?? first);
  return result ?? new ValueFailure('cedar/bad-extension-value', `has no value: ${describeCallFailure(name, values)}`);
}

function badCall(): ValueFailure {
  const hint = 'write it as `{"__extn": {"fn": "decimal", "arg": "1.5"}}`';
  return new ValueFailure(
    'cedar/bad-extension-value',
    'should be a call, with the text `fn` and with `arg` or `args`',
    hint,
  );
}

function removedEscape(): ValueFailure {
  const hint = 'use `__entity` for a reference and `__extn` for an extension value';
  return new ValueFailure('cedar/removed-escape', 'uses `__expr`, which is no longer part of Cedar', hint);
}

function tooDeep(): ValueFailure {
  const message = `is nested deeper than ${MAX_EXPRESSION_DEPTH} levels`;
  return new ValueFailure('cedar/too-deep', message, 'an object that contains itself has no end either');
}

function notLong(json: number): ValueFailure {
  if (Number.isInteger(json)) {
    const message = `is ${json}, beyond the integers that a number of JavaScript tells apart`;
    return new ValueFailure(
      'cedar/inexact-integer',
      message,
      'give it as a bigint, or read the JSON with `parseCedarJson`',
    );
  }
  const hint = 'a number with a fraction is `{"__extn": {"fn": "decimal", "arg": "1.5"}}`';
  return new ValueFailure('cedar/not-an-integer', `is ${json}, and numbers of Cedar are whole`, hint);
}

function notValue(json: unknown): ValueFailure {
  const absent = json === null || json === undefined;
  const hint = absent ? 'leave out what is not there' : 'give plain objects, arrays, texts, integers and booleans';
  return new ValueFailure('cedar/not-a-value', `is ${typeOfJson(json)}, which is no value of Cedar`, hint);
}
