/** One evaluation: the documents it reads, what it has computed already, what is replaced, and what it may cost. */
import { BuiltinError, type BuiltinContext, type BuiltinOutcome } from '../builtins/builtin.ts';
import type { Called, Place } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { Budget } from './budget.ts';
import { KeyedLookups } from './keyed-lookups.ts';
import { costOfCall } from './call-cost.ts';
import { RegoError } from './rego-error.ts';
import type { RuleNode } from './rule-tree.ts';

/** A rule set as a function; arguments only of functions. */
export type RuleFunction = (evaluation: Evaluation, ...values: RegoValue[]) => RegoValue | undefined;
export type BuiltinCall = (context: BuiltinContext, ...values: RegoValue[]) => BuiltinOutcome;

export type Machine = {
  readonly tree: RuleNode;
  readonly rules: readonly RuleFunction[];
  /** A partial rule as a function of its first keys. */
  readonly keyed: (rule: number, count: number) => RuleFunction;
};

/** What stands in the place of a function: a value for whatever arguments, a built-in, or a rule set. */
export type Replacement =
  | { readonly kind: 'value'; readonly value: RegoValue }
  | { readonly kind: 'builtin'; readonly name: string; readonly call: BuiltinCall }
  | { readonly kind: 'rule'; readonly rule: number };

/** What `with` has put in the place of functions and documents; the innermost counts. */
export type Replacements = {
  /** By the name of a built-in, or by the number of a function's rule set. */
  readonly calls: ReadonlyMap<string | number, Replacement>;
  /** Paths below `data` that were set: no rule at or below them is asked. */
  readonly documents: readonly (readonly string[])[];
};

/** In the memo: the rule was evaluated, and is undefined. */
const NOTHING: unique symbol = Symbol('nothing');

/** What emitted code and documents share while one query, or what stands under one `with`, is evaluated. */
export class Evaluation {
  readonly machine: Machine;
  readonly input: RegoValue | undefined;
  /** What was given, without what rules compute. */
  readonly data: RegoValue;
  readonly context: BuiltinContext;
  readonly budget: Budget;
  /** An error of a built-in ends the evaluation, instead of being undefined. */
  readonly strict: boolean;
  readonly replacements: Replacements | undefined;
  readonly #memo: (RegoValue | typeof NOTHING | undefined)[][] = [];
  readonly #keyed: { [rule: number]: KeyedLookups } = {};

  constructor(
    machine: Machine,
    input: RegoValue | undefined,
    data: RegoValue,
    context: BuiltinContext,
    budget: Budget,
    strict: boolean,
    replacements: Replacements | undefined,
  ) {
    this.machine = machine;
    this.input = input;
    this.data = data;
    this.context = context;
    this.budget = budget;
    this.strict = strict;
    this.replacements = replacements;
  }

  /** The same policy, limits and context, with other documents and functions. */
  replacing(input: RegoValue | undefined, data: RegoValue, replacements: Replacements): Evaluation {
    return new Evaluation(this.machine, input, data, this.context, this.budget, this.strict, replacements);
  }

  /** The value of a rule set that is no function, computed once. */
  rule(index: number): RegoValue | undefined {
    // A large policy has thousands of rules, of which one evaluation asks a few.
    const memo = (this.#memo[index >> 5] ??= []);
    const known = memo[index & 31];
    if (known !== undefined) return known === NOTHING ? undefined : known;
    const value = (this.machine.rules[index] as RuleFunction)(this);
    memo[index & 31] = value === undefined ? NOTHING : value;
    return value;
  }

  /** The part of a partial rule in which the keys may be; computed once, and as a whole where that is known already. */
  ruleAt(index: number, ...keys: RegoValue[]): RegoValue | undefined {
    const whole = this.#memo[index >> 5]?.[index & 31];
    if (whole !== undefined) return whole === NOTHING ? undefined : whole;
    const lookups = (this.#keyed[index] ??= new KeyedLookups());
    const known = lookups.get(keys);
    if (known !== undefined) return known;
    if (lookups.wantsWhole) {
      try {
        return this.rule(index);
      } catch (error) {
        if (!(error instanceof RegoError) || error.code === 'eval_cancel_error') throw error;
        lookups.isWholeBroken = true;
      }
    }
    const before = this.budget.spent;
    const value = this.machine.keyed(index, keys.length)(this, ...keys) as RegoValue;
    lookups.add(keys, value, this.budget.spent - before);
    return value;
  }

  /** What an error of a built-in is in this evaluation. */
  refused(called: Called, { code, message }: BuiltinError): undefined {
    if (this.strict) throw new RegoError(code, `${nameOf(called)}: ${message}`, placeOf(called));
    return undefined;
  }

  /** A call of a built-in that some `with` replaces somewhere. */
  callBuiltin(called: Called, call: BuiltinCall, ...values: RegoValue[]): RegoValue | undefined {
    const name = nameOf(called);
    const replacement = this.replacements?.calls.get(name);
    if (replacement !== undefined) return this.#callReplacement(name, replacement, values);
    const outcome = call(this.context, ...values);
    if ((this.budget.left -= costOfCall(outcome, values[0])) < 0) this.budget.look();
    return outcome instanceof BuiltinError ? this.refused(called, outcome) : outcome;
  }

  /** A call of a function that some `with` replaces somewhere. */
  callRule(index: number, ...values: RegoValue[]): RegoValue | undefined {
    const replacement = this.replacements?.calls.get(index);
    if (replacement !== undefined) return this.#callReplacement(index, replacement, values);
    return (this.machine.rules[index] as RuleFunction)(this, ...values);
  }

  // A rule that replaces a function sees the original of it: a mock may call what it stands for.
  #callReplacement(
    key: string | number,
    replacement: Replacement,
    values: readonly RegoValue[],
  ): RegoValue | undefined {
    switch (replacement.kind) {
      case 'value':
        return replacement.value;
      case 'builtin': {
        const outcome = replacement.call(this.context, ...values);
        return outcome instanceof BuiltinError ? this.refused(replacement.name, outcome) : outcome;
      }
      case 'rule':
        return (this.machine.rules[replacement.rule] as RuleFunction)(this.#without(key), ...values);
    }
  }

  #without(key: string | number): Evaluation {
    const calls = new Map(this.replacements?.calls);
    calls.delete(key);
    return this.replacing(this.input, this.data, { calls, documents: this.replacements?.documents ?? [] });
  }
}

function nameOf(called: Called): string {
  return typeof called === 'string' ? called : called.name;
}

function placeOf(called: Called): Place | undefined {
  return typeof called === 'string' ? undefined : called.at;
}
