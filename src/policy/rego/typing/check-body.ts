/** The types in a body, expression after expression in the order in which they are evaluated. */
import type {
  Callee,
  ResolvedBody,
  ResolvedComprehension,
  ResolvedExpression,
  ResolvedTerm,
} from '../check/resolved.ts';
import { constant } from '../check/constants.ts';
import type { Finding } from '../check/problems.ts';
import type { Signature } from '../check/resolution.ts';
import { pathText } from '../check/rule-tree.ts';
import type { Span } from '../../source-position.ts';
import { ExpressionParts } from './expression-parts.ts';
import { checkReference } from './check-references.ts';
import { describeType } from './describe-type.ts';
import type { Environment, Layers } from './environment.ts';
import { typeOfTerm } from './type-of-term.ts';
import type { FunctionType, Part } from './type.ts';
import { TermUnifier } from './unify-terms.ts';

/** What checking a body needs to know of what is around it. */
export type BodyContext = {
  readonly builtins: ReadonlyMap<string, Signature>;
  /** Bodies in the order in which they are evaluated. */
  readonly ordered: (body: ResolvedBody) => readonly ResolvedExpression[];
  /** In a query `==` compares; in a rule it is an equation. */
  readonly isQuery: boolean;
  readonly report: (at: Span, finding: Finding) => void;
  /** What an expression with these modifiers reads instead of the documents that there are. */
  readonly replaced: (expression: ResolvedExpression, environment: Environment) => Layers;
};

/** False where something has been reported. */
export function checkBody(body: ResolvedBody, environment: Environment, context: BodyContext): boolean {
  let isFine = true;
  for (const expression of context.ordered(body)) {
    const isOne = new ExpressionCheck(expression, environment, context).check();
    isFine = isFine && isOne;
  }
  return isFine;
}

class ExpressionCheck {
  readonly #expression: ResolvedExpression;
  readonly #environment: Environment;
  readonly #context: BodyContext;
  readonly #comprehensions = new Map<ResolvedComprehension, Part>();
  readonly #unifier: TermUnifier;
  #isFine = true;

  constructor(expression: ResolvedExpression, environment: Environment, context: BodyContext) {
    this.#expression = expression;
    this.#environment =
      expression.modifiers.length === 0
        ? environment
        : environment.withLayers(context.replaced(expression, environment));
    this.#context = context;
    this.#unifier = new TermUnifier(this.#environment, this.#comprehensions);
  }

  check(): boolean {
    const expression = this.#expression;
    this.#checkParts();
    // An equation with a part that is wrong in itself says nothing new.
    if (this.#isFine) this.#checkModifiers();
    switch (expression.kind) {
      case 'unify':
        this.#equation(expression.left, expression.right);
        break;
      case 'call':
        this.#call(expression);
        break;
      case 'template':
        this.#unifier.term(expression.output, this.#environment.algebra.table.string);
        break;
      case 'term':
      case 'print':
      case 'every':
      case 'not':
      case 'and':
      case 'or':
        // Of what stands in their bodies, OPA looks at references and comprehensions only.
        break;
    }
    return this.#isFine;
  }

  /** Comprehensions first: a reference is known by what is known of the locals in it. */
  #checkParts(): void {
    const { comprehensions, bodies, references } = new ExpressionParts(this.#expression, this.#context.ordered);
    for (const each of comprehensions) this.#comprehensions.set(each, this.#comprehension(each));
    for (const body of bodies) {
      if (!checkBody(body, this.#environment.inner(), this.#context)) this.#isFine = false;
    }
    for (const { ref, isWithin } of references) {
      const problem = checkReference(ref, this.#environment, this.#comprehensions, isWithin);
      if (problem === undefined) continue;
      const { message, hint } = problem;
      this.#report(ref, { code: 'rego/type-reference', message, hint });
    }
  }

  #comprehension(term: ResolvedComprehension): Part {
    const { table } = this.#environment.algebra;
    const inner = this.#environment.inner();
    if (!checkBody(term.body, inner, this.#context)) {
      this.#isFine = false;
      return undefined;
    }
    const given = (part: ResolvedTerm): Part => typeOfTerm(part, inner, this.#comprehensions) ?? table.any;
    if (term.kind === 'objectComprehension') {
      return table.objectOf([], { key: given(term.key), value: given(term.value) });
    }
    const element = given(term.element);
    return term.kind === 'arrayComprehension' ? table.array([], element) : table.set(element);
  }

  #equation(left: ResolvedTerm, right: ResolvedTerm): void {
    const { table } = this.#environment.algebra;
    const [before, after] = [this.#unifier.typeOf(left), this.#unifier.typeOf(right)];
    if (this.#unifier.terms(left, right) || !this.#isFine) return;
    const sides = `${describeType(before, table)} and ${describeType(after, table)}`;
    const message = `the two sides can never be equal: ${sides}`;
    this.#report(this.#expression, { code: 'rego/type-match', message });
  }

  #call(call: ResolvedExpression & { readonly kind: 'call' }): void {
    const { callee, arguments: given } = call;
    const isEquation = callee.kind === 'builtin' && callee.name === 'equal' && given.length === 2;
    const [left, right] = given;
    if (isEquation && !this.#context.isQuery && left !== undefined && right !== undefined) {
      return this.#equation(left, right);
    }
    if (callee.kind === 'builtin' && callee.name === 'internal.member_2') this.#member(given[1], [given[0], undefined]);
    if (callee.kind === 'builtin' && callee.name === 'internal.member_3') this.#member(given[2], [given[1], given[0]]);
    if (!this.#isFine) return;
    const type = this.#calleeType(callee);
    if (type === undefined) return;
    for (const [index, argument] of given.entries()) {
      const want = index < call.arity ? type.parameters[index] : type.result;
      if (want === undefined || this.#accepts(argument, want)) continue;
      const { table } = this.#environment.algebra;
      const have = describeType(this.#unifier.typeOf(argument), table);
      const name = nameOf(callee);
      const message =
        index < call.arity
          ? `${have} is given to ${name} as its ${ORDINALS[index] ?? 'last'} argument`
          : `the result of ${name} can never be ${have}`;
      const hint = `${index < call.arity ? 'it takes' : 'it is'} ${describeType(want, table)}`;
      return this.#report(call, { code: 'rego/type-argument', message, hint });
    }
  }

  #accepts(argument: ResolvedTerm, want: Part): boolean {
    const have = this.#unifier.typeOfPart(argument);
    const { compatibility } = this.#environment.algebra;
    if (have !== undefined && !have.isPartial && !compatibility.compatible(have, want)) return false;
    return this.#unifier.term(argument, want);
  }

  /** What is looked for must be something that could be in a collection of its type. */
  #member(
    collection: ResolvedTerm | undefined,
    [value, key]: readonly [ResolvedTerm | undefined, ResolvedTerm | undefined],
  ): void {
    if (collection === undefined || value === undefined) return;
    const { parts, table } = this.#environment.algebra;
    const type = this.#unifier.typeOf(collection);
    const [keys, values] = [parts.keys(type), parts.values(type)];
    if (values === undefined || values.isPartial) return;
    const isKey = key === undefined || keys === undefined || keys.isPartial || this.#accepts(key, keys);
    if (isKey && this.#accepts(value, values)) return;
    const [found, all] = isKey ? [value, values] : [key, keys];
    const have = describeType(this.#unifier.typeOf(found), table);
    const what = isKey ? 'values' : 'keys';
    const message = `${have} can never be among the ${what} that are gone through`;
    this.#report(this.#expression, { code: 'rego/type-match', message, hint: `each is ${describeType(all, table)}` });
  }

  #calleeType(callee: Callee): FunctionType | undefined {
    const { algebra } = this.#environment;
    if (callee.kind === 'function') {
      const type = this.#environment.document('data', callee.path.map(constant));
      return type?.kind === 'function' ? type : undefined;
    }
    const signature = this.#context.builtins.get(callee.name);
    return signature === undefined ? undefined : algebra.declared.ofBuiltin(signature);
  }

  /** One function in the place of another is given what that one takes. */
  #checkModifiers(): void {
    for (const modifier of this.#expression.modifiers) {
      const { target, replacement } = modifier;
      if (replacement === undefined || target.kind === 'input' || target.kind === 'data') continue;
      const [replaced, by] = [this.#calleeType(target as Callee), this.#calleeType(replacement)];
      if (replaced === undefined || by === undefined) continue;
      if (this.#environment.algebra.compatibility.compatible(replaced, by)) continue;
      const message = `${nameOf(replacement)} takes other types of arguments than ${nameOf(target as Callee)}, which it replaces`;
      this.#report(modifier, { code: 'rego/type-argument', message });
    }
  }

  #report(at: Span, finding: Finding): void {
    this.#isFine = false;
    this.#context.report(at, finding);
  }
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'] as const;

function nameOf(callee: Callee): string {
  return callee.kind === 'builtin' ? `\`${callee.name}\`` : `\`${pathText(callee.path)}\``;
}
