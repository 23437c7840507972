/** Patterns to text: built where all their locals are bound, and unified with a value where some are not. */
import type { Pattern } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import type { Scope } from './scope.ts';
import type { Writer } from './writer.ts';

export function local(id: number): string {
  return `l${id}`;
}

export function isBound(pattern: Pattern, bound: ReadonlySet<number>): boolean {
  switch (pattern.kind) {
    case 'constant':
      return true;
    case 'local':
      return bound.has(pattern.id);
    case 'array':
    case 'set':
      return pattern.elements.every((element) => isBound(element, bound));
    case 'object':
      return pattern.entries.every(({ key, value }) => isBound(key, bound) && isBound(value, bound));
  }
}

/** An expression of JavaScript for the value. */
export function build(writer: Writer, pattern: Pattern): string {
  switch (pattern.kind) {
    case 'constant':
      return literal(writer, pattern.value);
    case 'local':
      return local(pattern.id);
    case 'array':
      return `[${pattern.elements.map((element) => build(writer, element)).join(', ')}]`;
    case 'set':
      return `makeSet([${pattern.elements.map((element) => build(writer, element)).join(', ')}])`;
    case 'object': {
      const name = writer.name('o');
      writer.emit(`const ${name} = new ObjectBuilder();`);
      for (const { key, value } of pattern.entries) {
        writer.emit(`${name}.set(${build(writer, key)}, ${build(writer, value)});`);
      }
      return `${name}.build()`;
    }
  }
}

function literal(writer: Writer, value: RegoValue): string {
  return value === null || typeof value === 'boolean' ? String(value) : writer.constant(value);
}

function isSimple(value: RegoValue): boolean {
  return value === null || typeof value !== 'object';
}

/** Statements that bind what is not bound, and fail where the value is not what the pattern says. */
export function unify(writer: Writer, scope: Scope, pattern: Pattern, value: string): void {
  switch (pattern.kind) {
    case 'constant': {
      const wanted = literal(writer, pattern.value);
      const same = isSimple(pattern.value) ? `${value} === ${wanted}` : `equal(${value}, ${wanted})`;
      writer.emit(`if (!(${same})) ${scope.fail}`);
      return;
    }
    case 'local':
      if (scope.bound.has(pattern.id)) {
        writer.emit(`if (${local(pattern.id)} !== ${value} && !equal(${local(pattern.id)}, ${value})) ${scope.fail}`);
      } else {
        scope.bound.add(pattern.id);
        writer.emit(`${local(pattern.id)} = ${value};`);
      }
      return;
    case 'set':
      writer.emit(`if (!equal(${build(writer, pattern)}, ${value})) ${scope.fail}`);
      return;
    case 'array': {
      const { elements } = pattern;
      writer.emit(`if (!Array.isArray(${value}) || ${value}.length !== ${elements.length}) ${scope.fail}`);
      for (const [index, element] of elements.entries()) {
        const part = writer.name('t');
        writer.emit(`const ${part} = ${value}[${index}];`);
        unify(writer, scope, element, part);
      }
      return;
    }
    case 'object':
      writer.emit(`if (objectSize(${value}) !== ${pattern.entries.length}) ${scope.fail}`);
      for (const entry of pattern.entries) {
        const part = writer.name('t');
        writer.emit(`const ${part} = get(${value}, ${build(writer, entry.key)});`);
        writer.emit(`if (${part} === undefined) ${scope.fail}`);
        unify(writer, scope, entry.value, part);
      }
      return;
  }
}
