/**
 * Bodies to text. Each expression is a few statements; one with several solutions opens a loop in which all that follows
 * stands, and one without a solution leaves the body or goes on with the loop that it depends on. Nothing is called back.
 */
import type { Builtin } from '../builtins/builtin.ts';
import { isBound } from '../check/equations.ts';
import type { Surroundings } from '../evaluate/back-end.ts';
import type { Change } from '../evaluate/with-changes.ts';
import type { Body, Expression, Modifier, Pattern, Source } from '../program.ts';
import { inlined } from './inlined-builtins.ts';
import { localsOf, localsOfExpression, localsOfSource } from './locals.ts';
import { mayTakeLong } from '../evaluate/call-cost.ts';
import { build, local, unify } from './patterns.ts';
import { ReferenceEmitter, ruleNumber } from './references.ts';
import type { Scope, Value } from './scope.ts';
import { isSilent, isSilentBody } from './silence.ts';
import type { Writer } from './writer.ts';

export class BodyEmitter {
  readonly #writer: Writer;
  readonly #around: Surroundings;
  readonly #references: ReferenceEmitter;

  /** `unused`: locals that stand in one place only. */
  constructor(writer: Writer, around: Surroundings, unused: ReadonlySet<number>) {
    this.#writer = writer;
    this.#around = around;
    this.#references = new ReferenceEmitter(writer, around, unused);
  }

  /**
   * Statements that come to `onSolution` for each solution of the body. Locals that it binds are not bound outside.
   * `isOrdered`: the order of solutions can be seen, or their number.
   */
  solve(body: Body, outer: Scope, isOrdered: boolean, onSolution: (scope: Scope) => void): void {
    const label = this.#writer.name('b');
    this.#writer.emit(`${label}: {`);
    const scope = outer.within(`break ${label};`, isOrdered || !isSilentBody(body));
    for (const expression of body) this.#expression(expression, scope);
    onSolution(scope);
    this.#writer.emit('}'.repeat(scope.opened + 1));
  }

  #expression(expression: Expression, outer: Scope): void {
    const { modifiers } = expression;
    const scope = modifiers.length > 0 ? outer.under(this.#modified(modifiers, outer)) : outer;
    switch (expression.kind) {
      case 'unify':
        unify(this.#writer, scope, expression.pattern, this.#source(expression.source, scope));
        return;
      case 'test': {
        const value = this.#source(expression.source, scope);
        this.#writer.emit(`if (${value.name} === false) ${scope.failAt(value.depth)}`);
        return;
      }
      case 'not':
        this.#unless(`!${this.#holds(expression.body, scope)}`, expression, scope);
        return;
      case 'or': {
        const held = expression.bodies.map((body) => this.#holds(body, scope));
        this.#unless(`(${held.join(' || ')})`, expression, scope);
        return;
      }
      case 'every':
        this.#every(expression, scope);
        return;
    }
  }

  #unless(condition: string, expression: Expression, scope: Scope): void {
    this.#writer.emit(`if (!${condition}) ${scope.failAt(scope.depthOfAll(localsOfExpression(expression)))}`);
  }

  /** The name of a variable that says whether the body has a solution. */
  #holds(body: Body, outer: Scope): string {
    const name = this.#writer.name('h');
    this.#writer.emit(`let ${name} = false;`);
    this.solve(body, outer, false, (scope) => {
      this.#writer.emit(`${name} = true; ${scope.failAt(0)}`);
    });
    return name;
  }

  #every(expression: Expression & { kind: 'every' }, outer: Scope): void {
    const { key, value, domain, body } = expression;
    const [writer, all, block] = [this.#writer, this.#writer.name('h'), this.#writer.name('b')];
    const collection = { name: writer.let(build(writer, domain)), depth: outer.depthOfAll(localsOf(domain)) };
    writer.emit(`if (!isCollection(${collection.name})) ${outer.failAt(collection.depth)}`);
    writer.emit(`let ${all} = true;`);
    writer.emit(`${block}: {`);
    const scope = outer.within(`break ${block};`, !isSilentBody(body));
    const element = this.#references.each(collection, key, scope);
    writer.emit(`${local(value.id)} = ${element.name};`);
    scope.bind(value.id, element.depth);
    const holds = this.#holds(body, scope);
    writer.emit(`if (!${holds}) { ${all} = false; ${scope.failAt(0)} }`);
    writer.emit('}}');
    this.#unless(all, expression, outer);
  }

  /** What is undefined has failed. What depends on no element of the loops around it is computed once for all of them. */
  #source(source: Source, scope: Scope): Value {
    const depth = scope.depthOfAll(localsOfSource(source));
    if (depth === scope.depth || !this.#isSingle(source, scope) || !isSilent(source))
      return this.#compute(source, scope);
    const name = this.#writer.name('c');
    this.#writer.declareAt(scope.slotAt(depth), name);
    this.#writer.emit(`if (${name} === undefined) {`);
    const value = this.#compute(source, scope);
    this.#writer.emit(`${name} = ${value.name}; }`);
    return { name, depth };
  }

  /** Written once, since its name is read more than once. */
  #value(pattern: Pattern): string {
    const text = build(this.#writer, pattern);
    return pattern.kind === 'local' || pattern.kind === 'constant' ? text : this.#writer.let(text);
  }

  #isSingle(source: Source, scope: Scope): boolean {
    if (source.kind === 'reference') return source.path.every((part) => isBound(part, scope));
    return source.kind !== 'builtin' || this.#builtinOf(source.name).relation !== true;
  }

  #compute(source: Source, scope: Scope): Value {
    const writer = this.#writer;
    const depth = scope.depthOfAll(localsOfSource(source));
    switch (source.kind) {
      case 'pattern':
        return { name: this.#value(source.pattern), depth };
      case 'reference':
        return this.#references.emit(source, scope);
      case 'builtin':
        return this.#builtin(source, scope, depth);
      case 'function':
        return this.#function(source, scope, depth);
      case 'arrayComprehension': {
        const result = writer.let('[]');
        this.solve(source.body, scope, true, () => {
          writer.emit(`${result}.push(${build(writer, source.element)});`);
        });
        return { name: result, depth };
      }
      case 'setComprehension': {
        const builder = writer.let('new SetBuilder()');
        this.solve(source.body, scope, false, (inner) => {
          writer.emit(`${builder}.add(${build(writer, source.element)});`);
          this.leaveLoopsThatChange(localsOf(source.element), inner);
        });
        return { name: writer.let(`${builder}.build()`), depth };
      }
      case 'objectComprehension': {
        const builder = writer.let('new ObjectBuilder()');
        this.solve(source.body, scope, false, () => {
          const key = writer.let(build(writer, source.key));
          const value = writer.let(build(writer, source.value));
          writer.emit(`if (!${builder}.add(${key}, ${value})) conflictOf('object');`);
        });
        return { name: writer.let(`${builder}.build()`), depth };
      }
      case 'template':
        return { name: this.#template(source, scope), depth };
    }
  }

  /** After a solution of which these locals are all that counts: further elements of other loops give the same. */
  leaveLoopsThatChange(locals: readonly number[], scope: Scope): void {
    const depth = scope.depthOfAll(locals);
    if (depth < scope.depth) this.#writer.emit(scope.failAt(depth));
  }

  #template({ parts }: Source & { kind: 'template' }, scope: Scope): string {
    const text = this.#writer.name('t');
    this.#writer.emit(`let ${text} = '';`);
    for (const part of parts) {
      if (part.kind === 'text') {
        this.#writer.emit(`${text} += ${this.#writer.constant(part.text)};`);
        continue;
      }
      const piece = this.#writer.name('t');
      this.#writer.emit(`let ${piece} = '<undefined>';`);
      this.solve(part.body, scope, true, (inner) => {
        this.#writer.emit(`${piece} = printed(${build(this.#writer, part.element)}); ${inner.failAt(0)}`);
      });
      this.#writer.emit(`${text} += ${piece};`);
    }
    return text;
  }

  #builtinOf(name: string): Builtin {
    const builtin = this.#around.builtins.get(name);
    if (builtin === undefined) throw new Error(`the built-in \`${name}\` was checked, and is not there`);
    return builtin;
  }

  #builtin({ name, arguments: given, at }: Source & { kind: 'builtin' }, scope: Scope, depth: number): Value {
    const writer = this.#writer;
    const builtin = this.#builtinOf(name);
    const values = given.map((pattern) => build(writer, pattern));
    const { evaluation } = scope;
    const call = writer.constant(builtin.call);
    const constant = writer.constant(at === undefined ? name : { name, at });
    let result: string;
    if (this.#around.program.replaced.builtins.has(name)) {
      result = writer.let(`${evaluation}.callBuiltin(${[constant, call, ...values].join(', ')})`);
    } else {
      result = writer.name('t');
      const called = `${call}(${[`${evaluation}.context`, ...values].join(', ')})`;
      writer.emit(`let ${result};`);
      const fast = inlined(name, given, values);
      if (fast !== undefined) writer.emit(`if (${fast.condition}) ${result} = ${fast.value}; else {`);
      writer.emit(`${result} = ${called};`);
      if (mayTakeLong(builtin)) {
        writer.emit(`if ((budget.left -= costOfCall(${result}, ${values[0] ?? 'undefined'})) < 0) budget.look();`);
      }
      writer.emit(`if (${result} instanceof BuiltinError) ${result} = ${evaluation}.refused(${constant}, ${result});`);
      if (fast !== undefined) writer.emit('}');
    }
    writer.emit(`if (${result} === undefined) ${scope.failAt(depth)}`);
    const value = { name: result, depth };
    return builtin.relation === true ? this.#references.each(value, undefined, scope) : value;
  }

  #function({ path, arguments: given }: Source & { kind: 'function' }, scope: Scope, depth: number): Value {
    const number = ruleNumber(this.#around, path);
    const values = given.map((pattern) => build(this.#writer, pattern));
    const replaced = this.#around.program.replaced.functions.has(path.join('\0'));
    const call = replaced
      ? `${scope.evaluation}.callRule(${[number, ...values].join(', ')})`
      : `rules[${number}](${[scope.evaluation, ...values].join(', ')})`;
    const name = this.#writer.let(call);
    this.#writer.emit(`if (${name} === undefined) ${scope.failAt(depth)}`);
    return { name, depth };
  }

  #modified(modifiers: readonly Modifier[], scope: Scope): string {
    const changes = modifiers.map((modifier) => this.#changeOf(modifier));
    const values = modifiers.map(({ value }) => this.#writer.let(build(this.#writer, value)));
    const all = this.#writer.constant(changes);
    return this.#writer.let(`withChanges(${scope.evaluation}, ${all}, [${values.join(', ')}])`);
  }

  #changeOf({ target, replacement }: Modifier): Change {
    if (target.kind === 'input' || target.kind === 'data') return { kind: target.kind, path: target.path };
    const key = target.kind === 'builtin' ? target.name : ruleNumber(this.#around, target.path);
    if (replacement === undefined) return { kind: 'call', key, replacement: undefined };
    if (replacement.kind === 'function') {
      const rule = ruleNumber(this.#around, replacement.path);
      return { kind: 'call', key, replacement: { kind: 'rule', rule } };
    }
    const { name } = replacement;
    return { kind: 'call', key, replacement: { kind: 'builtin', name, call: this.#builtinOf(name).call } };
  }
}
