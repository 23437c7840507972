/** `strings.render_template`: Go's `text/template` on plain data. */
import { getOfObject } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { parseJson } from '../values/json.ts';
import { toText } from '../values/text.ts';
import { isArray, isObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';
import { ARITIES, TEMPLATE_FUNCTIONS, TemplateError } from './template-functions.ts';
import { parseTemplate } from './template-parser.ts';
import type { Control, Operand, Pipe, Template, TemplateNode } from './template-syntax.ts';
import { isTrue, Literal, show, typeNameOf, type TemplateValue } from './template-values.ts';

/** Nodes that one rendering may go through: loops in loops over large data end here. */
const MAX_STEPS = 1_000_000;
/** UTF-16 units of the result. */
const MAX_OUTPUT = 32 * 1024 * 1024;
const MAX_CALLS = 200;

type Variable = { readonly name: string; value: TemplateValue };

/** What a list of nodes ended with. */
type Ending = 'end' | 'break' | 'continue';

class Renderer {
  readonly #template: Template;
  readonly #parts: string[] = [];
  #variables: Variable[];
  #length = 0;
  #steps = 0;
  #calls = 0;

  constructor(template: Template, data: RegoValue) {
    this.#template = template;
    this.#variables = [{ name: '$', value: data }];
  }

  render(): string {
    this.#list(this.#template.main, this.#variables[0]?.value);
    return this.#parts.join('');
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > MAX_OUTPUT) throw new TemplateError(`the result is longer than ${MAX_OUTPUT} characters`);
  }

  #list(nodes: readonly TemplateNode[], dot: TemplateValue): Ending {
    for (const node of nodes) {
      this.#steps += 1;
      if (this.#steps > MAX_STEPS) throw new TemplateError(`the template takes more than ${MAX_STEPS} steps`);
      const ending = this.#node(node, dot);
      if (ending !== 'end') return ending;
    }
    return 'end';
  }

  #node(node: TemplateNode, dot: TemplateValue): Ending {
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return 'end';
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.names.length === 0)
          this.#write(value === undefined || value === null ? '<no value>' : show(value));
        return 'end';
      }
      case 'if':
      case 'with':
        return this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot);
          if (!isTrue(value)) return this.#list(node.otherwise, dot);
          return this.#list(node.body, node.kind === 'with' ? value : dot);
        });
      case 'range':
        return this.#scoped(() => this.#range(node, dot));
      case 'template':
        this.#call(node.name, node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot));
        return 'end';
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #scoped(run: () => Ending): Ending {
    const before = this.#variables.length;
    const ending = run();
    this.#variables.length = before;
    return ending;
  }

  #call(name: string, dot: TemplateValue): void {
    const nodes = this.#template.named.get(name);
    if (nodes === undefined) throw new TemplateError(`template "${name}" not defined`);
    this.#calls += 1;
    if (this.#calls > MAX_CALLS) throw new TemplateError(`exceeded maximum template depth (${MAX_CALLS})`);
    const outer = this.#variables;
    this.#variables = [{ name: '$', value: dot }];
    this.#list(nodes, dot);
    this.#variables = outer;
    this.#calls -= 1;
  }

  #range(node: Control, dot: TemplateValue): Ending {
    const before = this.#variables.length;
    const collection = this.#pipe({ ...node.pipe, names: [] }, dot);
    if (collection instanceof Literal && node.pipe.names.length > 1) {
      throw new TemplateError(`can't use ${show(collection)} to iterate over more than one variable`);
    }
    const entries = entriesOf(collection);
    if (entries.length === 0) return this.#list(node.otherwise, dot);
    const [first, second] = node.pipe.names;
    for (const [key, value] of entries) {
      this.#variables.length = before;
      if (second !== undefined) this.#set(node.pipe.declares, second, value);
      if (first !== undefined) this.#set(node.pipe.declares, first, second === undefined ? value : key);
      if (this.#list(node.body, value) === 'break') break;
    }
    return 'end';
  }

  #set(declares: boolean, name: string, value: TemplateValue): void {
    const known = declares ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.#variables.push({ name, value });
    else known.value = value;
  }

  #pipe(pipe: Pipe, dot: TemplateValue): TemplateValue {
    let value: TemplateValue;
    for (const [index, command] of pipe.commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    for (const name of pipe.names) this.#set(pipe.declares, name, value);
    return value;
  }

  #command([first, ...rest]: readonly Operand[], dot: TemplateValue, last: readonly TemplateValue[]): TemplateValue {
    if (first?.kind === 'function') return this.#function(first.name, rest, dot, last);
    if (first === undefined) return undefined;
    if (rest.length + last.length > 0) throw new TemplateError(`can't give argument to non-function`);
    if (first.kind === 'nil') throw new TemplateError('nil is not a command');
    return this.#operand(first, dot);
  }

  #function(
    name: string,
    operands: readonly Operand[],
    dot: TemplateValue,
    last: readonly TemplateValue[],
  ): TemplateValue {
    const [least, most] = ARITIES.get(name) ?? [0, Infinity];
    const count = operands.length + last.length;
    if (count < least || count > most) {
      const want = least === most ? String(least) : `at least ${least}`;
      throw new TemplateError(`wrong number of args for ${name}: want ${want} got ${count}`);
    }
    if (name === 'and' || name === 'or') return this.#logic(name, operands, dot, last);
    const args = [...operands.map((operand) => this.#operand(operand, dot)), ...last];
    return TEMPLATE_FUNCTIONS.get(name)?.(...args);
  }

  /** The first operand that decides, or the last one. */
  #logic(
    name: 'and' | 'or',
    operands: readonly Operand[],
    dot: TemplateValue,
    last: readonly TemplateValue[],
  ): TemplateValue {
    let value: TemplateValue;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return last.length > 0 ? last[0] : value;
  }

  #operand(operand: Operand, dot: TemplateValue): TemplateValue {
    switch (operand.kind) {
      case 'nil':
        return null;
      case 'boolean':
      case 'text':
        return operand.value;
      case 'integer':
      case 'float':
        return new Literal(operand.value);
      case 'function':
        return this.#function(operand.name, [], dot, []);
      case 'nested':
        return fieldOf(this.#pipe(operand.pipe, dot), operand.fields);
      case 'value': {
        const { variable } = operand;
        const value = variable === undefined ? dot : this.#variables.findLast(({ name }) => name === variable)?.value;
        return fieldOf(value, operand.fields);
      }
    }
  }
}

function fieldOf(value: TemplateValue, fields: readonly string[]): TemplateValue {
  let current = value;
  for (const field of fields) {
    if (current === undefined || current === null) return undefined;
    if (current instanceof Literal || !isObject(current)) {
      throw new TemplateError(`can't evaluate field ${field} in type interface {}`);
    }
    current = getOfObject(current, field);
  }
  return current;
}

function entriesOf(value: TemplateValue): readonly (readonly [TemplateValue, TemplateValue])[] {
  if (value === undefined || value === null) return [];
  if (value instanceof Literal) {
    if (typeof value.value !== 'bigint') throw new TemplateError(`range can't iterate over ${show(value)}`);
    const count = value.value > BigInt(MAX_STEPS) ? MAX_STEPS + 1 : Math.max(Number(value.value), 0);
    return Array.from(
      { length: count },
      (_, index) => [new Literal(BigInt(index)), new Literal(BigInt(index))] as const,
    );
  }
  if (isArray(value)) return value.map((element, index) => [new Literal(BigInt(index)), element] as const);
  if (isObject(value)) return sortedKeys(value).map((key) => [key, getOfObject(value, key)] as const);
  throw new TemplateError(`range can't iterate over ${show(value)} of type ${typeNameOf(value)}`);
}

const FUNCTION_NAMES: ReadonlySet<string> = new Set([...TEMPLATE_FUNCTIONS.keys(), 'and', 'or']);

function prepare(text: string): Template | BuiltinError {
  const parsed = parseTemplate(text, FUNCTION_NAMES);
  return parsed.ok ? parsed.value : new BuiltinError(parsed.problem);
}

function render(context: BuiltinContext, text: RegoValue, variables: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  if (!isObject(variables)) return operandTypeError(2, variables, 'object');
  // OPA reads the term's own text as JSON, so that a set in it, or a character that Go escapes otherwise, is an error.
  const data = parseJson(toText(variables));
  if (!data.ok) return new BuiltinError(data.problem);
  const template = context.prepared.get('template', text, prepare);
  if (template instanceof BuiltinError) return template;
  try {
    return new Renderer(template, data.value).render().replaceAll('<no value>', '<undefined>');
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return new BuiltinError(`template: template: executing "template": ${error.message}`);
  }
}

export const TEMPLATE_BUILTINS: readonly Builtin[] = [
  {
    name: 'strings.render_template',
    parameters: ['string', { object: { values: 'any' } }],
    result: 'string',
    call: render,
  },
];
