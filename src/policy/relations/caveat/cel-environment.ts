/** CEL as SpiceDB has it: its own functions, RE2, and an account of the turns of loops. */
import {
  celEnv,
  celFunc,
  celMethod,
  CelScalar,
  isCelMap,
  isCelList,
  mapType,
  plan,
  type CelEnv,
  type CelError,
  type CelInput,
  type CelMap,
  type CelValue,
} from '@bufbuild/cel';
import { RE2JS } from 're2js';

import { expressionsIn, type CelExpr } from './cel-expression.ts';
import { isInNetwork, parseIpAddress } from './ip-address.ts';
import { MAX_LOOP_TURNS } from './limits.ts';
import { CORRECTIONS } from './corrections.ts';
import { TIMESTAMP_METHODS } from './timestamp-methods.ts';

/** What each loop asks before a turn; no text can contain a name like this. */
const NEXT_TURN = '@next_turn';

export type CelResult = CelValue | CelError;

/** Values by name; an error stands for what is missing. */
export type CelScope = Readonly<Record<string, CelInput | CelError>>;

export class CelEnvironment {
  readonly env: CelEnv;
  #turns = 0;
  #pattern = '';
  #compiled: RE2JS | undefined;

  constructor() {
    const { BOOL, STRING } = CelScalar;
    const map = mapType(CelScalar.DYN, CelScalar.DYN);
    this.env = celEnv({
      re2: { compile: (pattern) => this.#compile(pattern) },
      funcs: [
        ...TIMESTAMP_METHODS,
        celFunc(NEXT_TURN, [CelScalar.DYN], CelScalar.DYN, (value) => this.#nextTurn(value)),
        celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => this.#compile(pattern).test(text)),
        // Addresses are texts at run time; the check of types holds the two apart.
        celMethod('in_cidr', STRING, [STRING], BOOL, function (cidr) {
          const address = parseIpAddress(this);
          const inside = address === undefined ? undefined : isInNetwork(address, cidr);
          if (inside === undefined) throw new Error(`\`${cidr.slice(0, 100)}\` is no network`);
          return inside;
        }),
        celMethod('isSubtreeOf', map, [map], BOOL, function (other) {
          return isSubtree(this, other);
        }),
        ...CORRECTIONS,
      ],
    });
  }

  /** Never throws; what goes wrong is the result. */
  plan(expr: CelExpr): (scope: CelScope) => CelResult {
    // Errors are values of its activation, which its types do not say.
    return plan(this.env, expr) as (scope: CelScope) => CelResult;
  }

  /** Before each evaluation; its parts share the turns. */
  allowTurns(): void {
    this.#turns = 0;
  }

  #nextTurn(value: CelValue): CelValue {
    this.#turns += 1;
    if (this.#turns > MAX_LOOP_TURNS) throw new Error(`its loops take more than ${MAX_LOOP_TURNS} turns`);
    return value;
  }

  /** A pattern is almost always a constant, so the last one is kept. */
  #compile(pattern: string): RE2JS {
    if (this.#compiled === undefined || this.#pattern !== pattern) {
      this.#compiled = RE2JS.compile(pattern);
      this.#pattern = pattern;
    }
    return this.#compiled;
  }
}

/** Has each loop of the tree ask before a turn. */
export function countTurns(root: CelExpr): void {
  for (const { exprKind } of expressionsIn(root)) {
    if (exprKind.case !== 'comprehensionExpr' || exprKind.value.loopCondition === undefined) continue;
    const condition = exprKind.value.loopCondition;
    exprKind.value.loopCondition = {
      $typeName: 'cel.expr.Expr',
      id: condition.id,
      exprKind: {
        case: 'callExpr',
        value: { $typeName: 'cel.expr.Expr.Call', function: NEXT_TURN, args: [condition] },
      },
    };
  }
}

/** Whether all of the map stands in the other one, in maps below it likewise. */
function isSubtree(map: CelMap, other: CelMap): boolean {
  for (const [key, value] of map.entries()) {
    const counterpart = other.get(key);
    if (counterpart === undefined) return false;
    if (isCelMap(value) ? !(isCelMap(counterpart) && isSubtree(value, counterpart)) : !isSame(value, counterpart)) {
      return false;
    }
  }
  return true;
}

function isSame(a: CelValue, b: CelValue): boolean {
  if (isCelList(a) && isCelList(b)) {
    return a.size === b.size && [...a].every((item, index) => isSame(item, b.get(index) ?? null));
  }
  if (isCelMap(a) && isCelMap(b)) return a.size === b.size && isSubtree(a, b);
  return a === b;
}
