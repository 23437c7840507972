/** Collections of resolved terms, which are constants where all their parts are. */
import type { ScalarTerm } from '../syntax.ts';
import { parseNumber } from '../values/number.ts';
import { makeObject } from '../values/rego-map.ts';
import { makeSet } from '../values/rego-set.ts';
import type { RegoValue } from '../values/value.ts';
import type { Constant, ResolvedEntry, ResolvedTerm } from './resolved.ts';

export function constant(value: RegoValue): Constant {
  return { kind: 'constant', value };
}

export function scalar(term: ScalarTerm): Constant {
  switch (term.kind) {
    case 'null':
      return constant(null);
    case 'boolean':
    case 'string':
      return constant(term.value);
    case 'number': {
      const number = parseNumber(term.text);
      if (number === undefined) throw new Error(`\`${term.text}\` was parsed, and is no number`);
      return constant(number);
    }
  }
}

export function arrayOf(elements: readonly ResolvedTerm[]): ResolvedTerm {
  return elements.every(isConstant) ? constant(elements.map(valueOf)) : { kind: 'array', elements };
}

export function setOf(elements: readonly ResolvedTerm[]): ResolvedTerm {
  return elements.every(isConstant) ? constant(makeSet(elements.map(valueOf))) : { kind: 'set', elements };
}

/** Of equal keys the last counts. */
export function objectOf(entries: readonly ResolvedEntry[]): ResolvedTerm {
  const isGround = entries.every(({ key, value }) => isConstant(key) && isConstant(value));
  if (!isGround) return { kind: 'object', entries };
  return constant(makeObject(entries.map(({ key, value }) => [valueOf(key as Constant), valueOf(value as Constant)])));
}

export function isConstant(term: ResolvedTerm): term is Constant {
  return term.kind === 'constant';
}

function valueOf(term: Constant): RegoValue {
  return term.value;
}
