/** Patterns to text: built where all their locals are bound, and unified with a value where some are not. */
import type { Pattern } from '../program.ts';
import type { RegoValue } from '../values/value.ts';
import { localsOf } from './locals.ts';
import type { Scope, Value } from './scope.ts';
import type { Writer } from './writer.ts';

export function local(id: number): string {
  return `l${id}`;
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

/** A value of these has no other form, so that `===` is enough. */
function isSimple(value: RegoValue): boolean {
  return value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isSafeInteger(value);
}

/** Statements that bind what is not bound, and fail where the value is not what the pattern says. */
export function unify(writer: Writer, scope: Scope, pattern: Pattern, value: Value): void {
  const { name } = value;
  const fail = (depth: number): string => scope.failAt(Math.max(value.depth, depth));
  switch (pattern.kind) {
    case 'constant': {
      const wanted = literal(writer, pattern.value);
      const same = isSimple(pattern.value) ? `${name} === ${wanted}` : `equal(${name}, ${wanted})`;
      writer.emit(`if (!(${same})) ${fail(0)}`);
      return;
    }
    case 'local': {
      const { id } = pattern;
      if (scope.has(id)) {
        writer.emit(`if (${local(id)} !== ${name} && !equal(${local(id)}, ${name})) ${fail(scope.depthOf(id))}`);
      } else {
        scope.bind(id, value.depth);
        writer.emit(`${local(id)} = ${name};`);
      }
      return;
    }
    case 'set':
      writer.emit(`if (!equal(${build(writer, pattern)}, ${name})) ${fail(scope.depthOfAll(localsOf(pattern)))}`);
      return;
    case 'array': {
      const { elements } = pattern;
      writer.emit(`if (!Array.isArray(${name}) || ${name}.length !== ${elements.length}) ${fail(0)}`);
      for (const [index, element] of elements.entries()) {
        unify(writer, scope, element, { name: writer.let(`${name}[${index}]`), depth: value.depth });
      }
      return;
    }
    case 'object':
      writer.emit(`if (objectSize(${name}) !== ${pattern.entries.length}) ${fail(0)}`);
      for (const { key, value: inner } of pattern.entries) {
        const part = writer.let(`get(${name}, ${build(writer, key)})`);
        const depth = Math.max(value.depth, scope.depthOfAll(localsOf(key)));
        writer.emit(`if (${part} === undefined) ${scope.failAt(depth)}`);
        unify(writer, scope, inner, { name: part, depth });
      }
      return;
  }
}
