/**
 * Bodies to text. Each expression is a few statements; one with several solutions opens a loop in which all that follows
 * stands, and one without a solution leaves the body or goes on with the loop that it is in. Nothing is called back.
 */
import type { Builtin } from '../builtins/builtin.ts';
import type { Body, Expression, Modifier, Pattern, Reference, Source } from '../program.ts';
import { build, isBound, local, unify } from './patterns.ts';
import type { Surroundings } from '../evaluate/back-end.ts';
import { type RuleNode, ruleKey } from '../evaluate/rule-tree.ts';
import { type Scope, scopeWithin } from './scope.ts';
import type { Change } from '../evaluate/with-changes.ts';
import type { Writer } from './writer.ts';

/** Names that a prototype has: read as own properties only. */
const INHERITED: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Array.prototype),
]);

export class BodyEmitter {
  readonly #writer: Writer;
  readonly #around: Surroundings;

  constructor(writer: Writer, around: Surroundings) {
    this.#writer = writer;
    this.#around = around;
  }

  /**
   * Statements that come to `onSolution` for each solution of the body. Its argument leaves the body for good; locals
   * that it binds are not bound outside.
   */
  solve(body: Body, outer: Scope, onSolution: (scope: Scope, leave: string) => void): void {
    const label = this.#writer.name('b');
    const leave = `break ${label};`;
    this.#writer.emit(`${label}: {`);
    const scope = scopeWithin(outer, leave);
    for (const expression of body) this.#expression(expression, scope);
    onSolution(scope, leave);
    this.#writer.emit('}'.repeat(scope.open + 1));
  }

  #expression(expression: Expression, scope: Scope): void {
    const { evaluation } = scope;
    if (expression.modifiers.length > 0) scope.evaluation = this.#modified(expression.modifiers, scope);
    switch (expression.kind) {
      case 'unify':
        unify(this.#writer, scope, expression.pattern, this.#source(expression.source, scope));
        break;
      case 'test': {
        const value = this.#source(expression.source, scope);
        this.#writer.emit(`if (${value} === false) ${scope.fail}`);
        break;
      }
      case 'not':
        this.#unless(`!${this.#holds(expression.body, scope)}`, scope);
        break;
      case 'or':
        this.#unless(`(${expression.bodies.map((body) => this.#holds(body, scope)).join(' || ')})`, scope);
        break;
      case 'every':
        this.#every(expression, scope);
        break;
    }
    scope.evaluation = evaluation;
  }

  #unless(condition: string, scope: Scope): void {
    this.#writer.emit(`if (!${condition}) ${scope.fail}`);
  }

  /** The name of a variable that says whether the body has a solution. */
  #holds(body: Body, scope: Scope): string {
    const name = this.#writer.name('h');
    this.#writer.emit(`let ${name} = false;`);
    this.solve(body, scope, (_, leave) => {
      this.#writer.emit(`${name} = true; ${leave}`);
    });
    return name;
  }

  #every({ key, value, domain, body }: Expression & { kind: 'every' }, scope: Scope): void {
    const writer = this.#writer;
    const all = writer.name('h');
    const loop = writer.name('b');
    const collection = this.#let(build(writer, domain));
    const keys = this.#let(`keysOf(${collection})`);
    writer.emit(`if (${keys} === undefined) ${scope.fail}`);
    writer.emit(`let ${all} = true;`);
    const index = writer.name('i');
    writer.emit(`${loop}: for (let ${index} = 0; ${index} < ${keys}.length; ${index} += 1) {`);
    this.#step();
    const inner = scopeWithin(scope, '');
    const at = this.#element(collection, keys, index);
    if (key !== undefined) this.#bind(key.id, at.key, inner);
    this.#bind(value.id, at.value, inner);
    const holds = this.#holds(body, inner);
    writer.emit(`if (!${holds}) { ${all} = false; break ${loop}; }`);
    writer.emit('}');
    this.#unless(all, scope);
  }

  #bind(id: number, value: string, scope: Scope): void {
    scope.bound.add(id);
    this.#writer.emit(`${local(id)} = ${value};`);
  }

  /** A name that holds the value; what is undefined has failed. */
  #source(source: Source, scope: Scope): string {
    switch (source.kind) {
      case 'pattern':
        return this.#let(build(this.#writer, source.pattern));
      case 'reference':
        return this.#reference(source, scope);
      case 'builtin':
        return this.#builtin(source, scope);
      case 'function':
        return this.#function(source, scope);
      case 'arrayComprehension': {
        const result = this.#let('[]');
        this.solve(source.body, scope, () => {
          this.#writer.emit(`${result}.push(${build(this.#writer, source.element)});`);
        });
        return result;
      }
      case 'setComprehension': {
        const builder = this.#let('new SetBuilder()');
        this.solve(source.body, scope, () => {
          this.#writer.emit(`${builder}.add(${build(this.#writer, source.element)});`);
        });
        return this.#let(`${builder}.build()`);
      }
      case 'objectComprehension': {
        const builder = this.#let('new ObjectBuilder()');
        this.solve(source.body, scope, () => {
          const key = this.#let(build(this.#writer, source.key));
          const value = this.#let(build(this.#writer, source.value));
          this.#writer.emit(`if (!${builder}.add(${key}, ${value})) conflictOf('object');`);
        });
        return this.#let(`${builder}.build()`);
      }
      case 'template':
        return this.#template(source, scope);
    }
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
      this.solve(part.body, scope, (_, leave) => {
        this.#writer.emit(`${piece} = printed(${build(this.#writer, part.element)}); ${leave}`);
      });
      this.#writer.emit(`${text} += ${piece};`);
    }
    return text;
  }

  #builtin({ name, arguments: given }: Source & { kind: 'builtin' }, scope: Scope): string {
    const builtin = this.#around.builtins.get(name);
    if (builtin === undefined) throw new Error(`the built-in \`${name}\` was checked, and is not there`);
    const values = given.map((pattern) => build(this.#writer, pattern));
    const { evaluation } = scope;
    const call = this.#writer.constant(builtin.call);
    const constant = this.#writer.constant(name);
    let result: string;
    if (this.#around.program.replaced.builtins.has(name)) {
      result = this.#let(`${evaluation}.callBuiltin(${[constant, call, ...values].join(', ')})`);
    } else {
      result = this.#writer.name('t');
      this.#writer.emit(`let ${result} = ${call}(${[`${evaluation}.context`, ...values].join(', ')});`);
      this.#writer.emit(
        `if (${result} instanceof BuiltinError) ${result} = ${evaluation}.refused(${constant}, ${result});`,
      );
    }
    this.#defined(result, scope);
    if (builtin.relation !== true) return result;
    return this.#each(result, scope).value;
  }

  #function({ path, arguments: given }: Source & { kind: 'function' }, scope: Scope): string {
    const number = this.#ruleNumber(path);
    const values = given.map((pattern) => build(this.#writer, pattern));
    const replaced = this.#around.program.replaced.functions.has(ruleKey(path));
    const call = replaced
      ? `${scope.evaluation}.callRule(${[number, ...values].join(', ')})`
      : `rules[${number}](${[scope.evaluation, ...values].join(', ')})`;
    const result = this.#let(call);
    this.#defined(result, scope);
    return result;
  }

  #ruleNumber(path: readonly string[]): number {
    const number = this.#around.ruleNumbers.get(ruleKey(path));
    if (number === undefined) throw new Error(`the rule \`${path.join('.')}\` was checked, and is not there`);
    return number;
  }

  #reference({ root, path }: Reference, scope: Scope): string {
    if (root.kind === 'data') return this.#document(path, scope);
    const value = root.kind === 'input' ? this.#let(`${scope.evaluation}.input`) : local(root.id);
    if (root.kind === 'input') this.#defined(value, scope);
    return this.#steps(value, path, scope);
  }

  #steps(from: string, path: readonly Pattern[], scope: Scope): string {
    let value = from;
    for (const part of path) value = this.#stepInto(value, part, scope);
    return value;
  }

  #stepInto(value: string, part: Pattern, scope: Scope): string {
    if (!isBound(part, scope.bound)) {
      const at = this.#each(value, scope);
      unify(this.#writer, scope, part, at.key);
      return at.value;
    }
    const key = build(this.#writer, part);
    const next =
      part.kind === 'constant' && typeof part.value === 'string' && !INHERITED.has(part.value)
        ? this.#let(`property(${value}, ${key})`)
        : this.#let(`get(${value}, ${key})`);
    this.#defined(next, scope);
    return next;
  }

  /** Opens a loop over the elements; what has none fails. */
  #each(value: string, scope: Scope): { readonly key: string; readonly value: string } {
    const keys = this.#let(`keysOf(${value})`);
    this.#defined(keys, scope);
    const index = this.#loop(keys, scope);
    return this.#element(value, keys, index);
  }

  #loop(keys: string, scope: Scope): string {
    const [label, index] = [this.#writer.name('b'), this.#writer.name('i')];
    this.#writer.emit(`${label}: for (let ${index} = 0; ${index} < ${keys}.length; ${index} += 1) {`);
    scope.open += 1;
    scope.fail = `continue ${label};`;
    this.#step();
    return index;
  }

  #step(): void {
    this.#writer.emit('if ((budget.left -= 1) < 0) budget.look();');
  }

  /** An array is its own list of keys: then the index is the key. */
  #element(value: string, keys: string, index: string): { readonly key: string; readonly value: string } {
    return {
      key: this.#let(`${keys} === ${value} ? ${index} : ${keys}[${index}]`),
      value: this.#let(`${keys} === ${value} ? ${value}[${index}] : get(${value}, ${keys}[${index}])`),
    };
  }

  /** A reference below `data`: as far as its path is constant, the compiler knows whether rules stand there. */
  #document(path: readonly Pattern[], scope: Scope): string {
    const { evaluation } = scope;
    let node: RuleNode | undefined = this.#around.tree;
    let depth = 0;
    const names: string[] = [];
    while (node !== undefined && node.rule === undefined && depth < path.length) {
      const part: Pattern | undefined = path[depth];
      if (part?.kind !== 'constant' || typeof part.value !== 'string') break;
      names.push(part.value);
      node = node.children.get(part.value);
      depth += 1;
    }
    const rest = path.slice(depth);
    if (node === undefined) return this.#steps(this.#given(names, scope), rest, scope);
    if (node.rule !== undefined && !this.#mayBeSet(node.path)) {
      const value = this.#let(`${evaluation}.rule(${node.rule})`);
      this.#defined(value, scope);
      return this.#steps(value, rest, scope);
    }
    const given = this.#givenOrUndefined(names, scope);
    const at = this.#writer.constant(node);
    const [next, ...after] = rest;
    if (next === undefined || node.rule !== undefined) {
      const value = this.#let(`documentAt(${evaluation}, ${at}, ${given})`);
      this.#defined(value, scope);
      return this.#steps(value, rest, scope);
    }
    let key: string;
    if (isBound(next, scope.bound)) {
      key = this.#let(build(this.#writer, next));
    } else {
      const keys = this.#let(`keysAt(${evaluation}, ${at}, ${given})`);
      const index = this.#loop(keys, scope);
      key = this.#let(`${keys}[${index}]`);
      unify(this.#writer, scope, next, key);
    }
    const value = this.#let(`childAt(${evaluation}, ${at}, ${given}, ${key})`);
    this.#defined(value, scope);
    return this.#steps(value, after, scope);
  }

  #mayBeSet(path: readonly string[]): boolean {
    return this.#around.program.replaced.data.some((set) => set.every((part, depth) => path[depth] === part));
  }

  /** The given data at a constant path; fails where there is none. */
  #given(names: readonly string[], scope: Scope): string {
    const root = this.#let(`${scope.evaluation}.data`);
    const path = names.map((name) => ({ kind: 'constant', value: name }) as const);
    return this.#steps(root, path, scope);
  }

  #givenOrUndefined(names: readonly string[], scope: Scope): string {
    let value = this.#let(`${scope.evaluation}.data`);
    for (const name of names) {
      value = this.#let(`${value} === undefined ? undefined : get(${value}, ${this.#writer.constant(name)})`);
    }
    return value;
  }

  #modified(modifiers: readonly Modifier[], scope: Scope): string {
    const changes = modifiers.map((modifier) => this.#changeOf(modifier));
    const values = modifiers.map(({ value }) => this.#let(build(this.#writer, value)));
    return this.#let(`withChanges(${scope.evaluation}, ${this.#writer.constant(changes)}, [${values.join(', ')}])`);
  }

  #changeOf({ target, replacement }: Modifier): Change {
    if (target.kind === 'input' || target.kind === 'data') return { kind: target.kind, path: target.path };
    const key = target.kind === 'builtin' ? target.name : this.#ruleNumber(target.path);
    if (replacement === undefined) return { kind: 'call', key, replacement: undefined };
    if (replacement.kind === 'function') {
      return { kind: 'call', key, replacement: { kind: 'rule', rule: this.#ruleNumber(replacement.path) } };
    }
    const { name } = replacement;
    const call = (this.#around.builtins.get(name) as Builtin).call;
    return { kind: 'call', key, replacement: { kind: 'builtin', name, call } };
  }

  #let(expression: string): string {
    const name = this.#writer.name('t');
    this.#writer.emit(`const ${name} = ${expression};`);
    return name;
  }

  #defined(value: string, scope: Scope): void {
    this.#writer.emit(`if (${value} === undefined) ${scope.fail}`);
  }
}
