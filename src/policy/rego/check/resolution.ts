/** The state of resolving one rule or query: where names are looked up, and where expressions go. */
import type { PolicySource, Span } from '../../source-position.ts';
import type { Builtin } from '../builtins/builtin.ts';
import type { Local } from '../program.ts';
import type { Body, Term } from '../syntax.ts';
import type { RegoValue } from '../values/value.ts';
import type { Frame } from './frame.ts';
import type { Global, Globals } from './globals.ts';
import type { Finding, Problems } from './problems.ts';
import type { ResolvedBody, ResolvedExpression, ResolvedModifier, ResolvedTerm } from './resolved.ts';
import type { RuleNode } from './rule-tree.ts';
import type { Declaration, Scopes } from './scopes.ts';

/** What checking knows of a built-in function. */
export type Signature = Pick<Builtin, 'name' | 'parameters' | 'result' | 'relation' | 'statement'>;

/** What every rule of a module shares. */
export type Surroundings = {
  readonly source: PolicySource;
  readonly globals: Globals;
  readonly tree: RuleNode;
  readonly builtins: ReadonlyMap<string, Signature>;
  readonly problems: Problems;
  /** Held to the rules of v1. */
  readonly strict: boolean;
};

/** What `rego.metadata.rule()` and `rego.metadata.chain()` are in one rule. */
export type Metadata = { readonly rule: () => RegoValue; readonly chain: () => RegoValue };

/** Terms and bodies contain each other: each resolver reaches the others through this. */
export type Steps = {
  readonly term: (resolution: Resolution, term: Term) => ResolvedTerm;
  /** In the scope that is open; the expressions go where `emit` takes them. */
  readonly body: (resolution: Resolution, body: Body) => void;
};

const NO_MODIFIERS: readonly ResolvedModifier[] = Object.freeze([]);

export class Resolution {
  readonly around: Surroundings;
  readonly frame: Frame;
  readonly scopes: Scopes;
  readonly metadata: Metadata | undefined;
  readonly #steps: Steps;
  readonly #hidden: ReadonlySet<string>[] = [];
  #emitted: ResolvedExpression[] = [];
  #modifiers = NO_MODIFIERS;

  constructor(around: Surroundings, frame: Frame, scopes: Scopes, steps: Steps, metadata?: Metadata) {
    this.around = around;
    this.frame = frame;
    this.scopes = scopes;
    this.metadata = metadata;
    this.#steps = steps;
  }

  report(at: Span, finding: Finding): void {
    this.around.problems.add(this.around.source, at, finding);
  }

  /** What a name means in the module, unless something here declares it. */
  global(name: string): Global | undefined {
    const found = this.around.globals.get(name);
    return found === undefined || this.#hidden.some((names) => names.has(name)) ? undefined : found;
  }

  /** While `inside` runs, the names mean nothing of the module. */
  hide<T>(names: ReadonlySet<string>, inside: () => T): T {
    this.#hidden.push(names);
    const result = inside();
    this.#hidden.pop();
    return result;
  }

  /** Runs `inside` in a scope of its own, and reports what was declared there in vain. */
  scoped<T>(inside: () => T): T {
    this.scopes.enter();
    const result = inside();
    this.reportUnused(this.scopes.leave());
    return result;
  }

  reportUnused(unused: readonly Declaration[]): void {
    for (const { name, at } of unused) {
      const message = `the variable \`${name}\` is declared and never used`;
      this.report(at, {
        code: 'rego/unused-variable',
        message,
        hint: 'leave it out, or write `_` for a part that does not matter',
      });
    }
  }

  /** The modifiers of the expression that is being resolved: what is hoisted out of it has them as well. */
  get modifiers(): readonly ResolvedModifier[] {
    return this.#modifiers;
  }

  modified<T>(modifiers: readonly ResolvedModifier[], inside: () => T): T {
    const outer = this.#modifiers;
    this.#modifiers = modifiers;
    const result = inside();
    this.#modifiers = outer;
    return result;
  }

  unmodified<T>(inside: () => T): T {
    return this.modified(NO_MODIFIERS, inside);
  }

  emit(expression: ResolvedExpression): void {
    this.#emitted.push(expression);
  }

  /** `left = right`, with the modifiers of the expression that is being resolved. */
  emitUnify(left: ResolvedTerm, right: ResolvedTerm, { start, end }: Span): void {
    this.emit({ kind: 'unify', start, end, modifiers: this.#modifiers, negated: false, left, right, assigned: false });
  }

  /** What is emitted while `inside` runs, which is not emitted here. */
  collect(inside: () => void): ResolvedBody {
    const outer = this.#emitted;
    this.#emitted = [];
    inside();
    const collected = this.#emitted;
    this.#emitted = outer;
    return collected;
  }

  /** A local of ours that has the term's value. */
  hoist(term: ResolvedTerm, at: Span): Local {
    const local = this.frame.fresh();
    this.emitUnify(local, term, at);
    return local;
  }

  term(term: Term): ResolvedTerm {
    return this.#steps.term(this, term);
  }

  /** A body in a scope that is open already. */
  body(body: Body): void {
    this.unmodified(() => {
      this.#steps.body(this, body);
    });
  }
}
