/** The types of a caveat's expression: names that are there, functions that fit, a boolean in the end. */
import { CelScalar, listType, mapType, type CelEnv, type CelMapType, type CelType } from '@bufbuild/cel';

import { nearestName } from '../../../kernel/nearest-name.ts';
import type { CaveatType } from '../schema/caveat-type.ts';
import type { CelExpr, CelTree } from './cel-expression.ts';
import { areCompatible, celTypeOf, isDyn, joined, moreExact, showCelType } from './cel-type.ts';
import { resolveCall } from './overloads.ts';

/** A place in the expression, in UTF-16 units. */
export type ReportCel = (message: string, offset: number, length: number, hint?: string) => void;

type Scope = ReadonlyMap<string, CelType>;

type Checker = {
  readonly env: CelEnv;
  readonly fail: (expr: CelExpr, message: string, hint?: string) => typeof CelScalar.DYN;
};

const { BOOL, BYTES, DOUBLE, DYN, INT, NULL, STRING, TYPE, UINT } = CelScalar;

const TYPE_NAMES: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
  'dyn',
]);

export function checkCel(
  env: CelEnv,
  text: string,
  { expr, sourceInfo }: CelTree,
  parameters: ReadonlyMap<string, CaveatType>,
  report: ReportCel,
): void {
  const reported = new Set<string>();
  const fail: Checker['fail'] = (at, message, hint) => {
    const { offset, length } = tokenAt(text, sourceInfo?.positions[at.id.toString()] ?? 0);
    // The parts that a macro expands to share one place: one mistake in them is reported once.
    if (!reported.has(`${offset} ${message}`)) report(message, offset, length, hint);
    reported.add(`${offset} ${message}`);
    return DYN;
  };
  const scope = new Map([...parameters].map(([name, type]) => [name, celTypeOf(type)] as const));
  const type = typeOf({ env, fail }, expr, scope);
  if (reported.size > 0 || (type.kind === 'scalar' && type.scalar === 'bool')) return;
  fail(
    expr,
    `a caveat is a condition, and the expression has the type \`${showCelType(type)}\``,
    'compare it with something',
  );
}

function typeOf(checker: Checker, expr: CelExpr, scope: Scope): CelType {
  const { exprKind } = expr;
  const of = (part: CelExpr): CelType => typeOf(checker, part, scope);
  switch (exprKind.case) {
    case 'constExpr':
      return typeOfConstant(checker, expr, exprKind.value.constantKind);
    case 'identExpr':
      return typeOfName(checker, expr, exprKind.value.name, scope);
    case 'selectExpr': {
      const { operand, field, testOnly } = exprKind.value;
      const type = operand === undefined ? DYN : of(operand);
      if (!isDyn(type) && type.kind !== 'map') {
        checker.fail(expr, `a value of the type \`${showCelType(type)}\` has no field \`${field}\``);
      }
      return testOnly ? BOOL : type.kind === 'map' ? type.value : DYN;
    }
    case 'callExpr': {
      const { target, args } = exprKind.value;
      const receiver = target === undefined ? undefined : of(target);
      return resolveCall(checker.env, exprKind.value.function, receiver, args.map(of), (message, hint) =>
        checker.fail(expr, message, hint),
      );
    }
    case 'listExpr':
      return listType(joined(exprKind.value.elements.map(of)));
    case 'structExpr': {
      const { messageName, entries } = exprKind.value;
      if (messageName !== '') return checker.fail(expr, `there is no type \`${messageName}\` of messages`);
      const keys = entries.map(({ keyKind }) => (keyKind.case === 'mapKey' ? of(keyKind.value) : DYN));
      const values = entries.map(({ value }) => (value === undefined ? DYN : of(value)));
      return mapType(joined(keys) as CelMapType['key'], joined(values));
    }
    case 'comprehensionExpr':
      return typeOfLoop(checker, expr, exprKind.value, scope);
    case undefined:
      return DYN;
  }
}

/** The library's places lie before the white space in front of an operator, and at the dot of a method. */
function tokenAt(text: string, at: number): { readonly offset: number; readonly length: number } {
  const token = /\s*(\.?\w+|[^\w\s()[\]{}"']+|.)?/suy;
  token.lastIndex = at;
  const [all = '', found = ''] = token.exec(text) ?? [];
  return { offset: at + all.length - found.length, length: Math.max(1, found.length) };
}

type Constant = Extract<CelExpr['exprKind'], { readonly case: 'constExpr' }>['value']['constantKind'];

function typeOfConstant(checker: Checker, expr: CelExpr, constant: Constant): CelType {
  switch (constant.case) {
    case 'boolValue':
      return BOOL;
    case 'int64Value':
      return BigInt.asIntN(64, constant.value) === constant.value ? INT : tooLarge(checker, expr, constant.value);
    case 'uint64Value':
      return BigInt.asUintN(64, constant.value) === constant.value ? UINT : tooLarge(checker, expr, constant.value);
    case 'doubleValue':
      return DOUBLE;
    case 'stringValue':
      return STRING;
    case 'bytesValue':
      return BYTES;
    case 'nullValue':
      return NULL;
    case 'durationValue':
    case 'timestampValue':
    case undefined:
      return DYN;
  }
}

function tooLarge(checker: Checker, expr: CelExpr, value: bigint): CelType {
  return checker.fail(expr, `the integer \`${String(value).slice(0, 40)}\` has more than 64 bits`);
}

function typeOfName(checker: Checker, expr: CelExpr, name: string, scope: Scope): CelType {
  const known = scope.get(name);
  if (known !== undefined) return known;
  if (TYPE_NAMES.has(name)) return TYPE;
  const near = nearestName(name, scope.keys());
  const hint = near === undefined ? `the parameters are: ${[...scope.keys()].join(', ')}` : `did you mean \`${near}\`?`;
  return checker.fail(expr, `there is no parameter \`${name}\``, hint);
}

type Loop = Extract<CelExpr['exprKind'], { readonly case: 'comprehensionExpr' }>['value'];

/** What `all`, `exists`, `exists_one`, `map` and `filter` expand to. */
function typeOfLoop(checker: Checker, expr: CelExpr, loop: Loop, scope: Scope): CelType {
  const { accuInit, accuVar, iterRange, iterVar, loopCondition, loopStep, result } = loop;
  const range = iterRange === undefined ? DYN : typeOf(checker, iterRange, scope);
  if (!isDyn(range) && range.kind !== 'list' && range.kind !== 'map') {
    checker.fail(expr, `a loop goes over a list or a map, and this has the type \`${showCelType(range)}\``);
  }
  const item = range.kind === 'list' ? range.element : range.kind === 'map' ? range.key : DYN;
  const start = accuInit === undefined ? DYN : typeOf(checker, accuInit, scope);
  const inside = new Map([...scope, [iterVar, item], [accuVar, start]]);
  if (loopCondition !== undefined) typeOf(checker, loopCondition, inside);
  const step = loopStep === undefined ? start : typeOf(checker, loopStep, inside);
  if (!areCompatible(start, step)) {
    return checker.fail(expr, `the condition of a loop is a boolean, and this has the type \`${showCelType(step)}\``);
  }
  const accumulated = new Map([...scope, [accuVar, moreExact(start, step)]]);
  return result === undefined ? DYN : typeOf(checker, result, accumulated);
}
