/** Every signature against the capabilities of the `opa` that is on the machine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { Builtin } from './builtin.ts';
import { ALL_BUILTINS, BUILTINS } from './registry.ts';
import type { RegoType } from './rego-type.ts';

/** A type as `opa capabilities` writes it, without names and descriptions. */
type Declared = {
  readonly type: string;
  readonly of?: Declared | readonly Declared[];
  readonly static?: readonly (Declared & { readonly key?: string; readonly value?: Declared })[];
  readonly dynamic?: Declared & { readonly key?: Declared; readonly value?: Declared };
};

type DeclaredBuiltin = {
  readonly name: string;
  readonly decl: { readonly args?: readonly Declared[]; readonly result?: Declared };
  readonly relation?: boolean;
  readonly nondeterministic?: boolean;
};

/** Both forms as one text, with alternatives in one order. */
function describe(type: RegoType): string {
  if (typeof type === 'string') return type;
  if ('array' in type) return `${describe(type.array)}[]`;
  if ('tuple' in type) return `[${type.tuple.map(describe).join(', ')}]`;
  if ('set' in type) return `set(${describe(type.set)})`;
  if ('anyOf' in type) return `<${type.anyOf.map(describe).toSorted().join(' | ')}>`;
  const { fields = {}, keys = 'string', values } = type.object;
  const named = Object.entries(fields).map(([name, field]) => `${name}: ${describe(field)}`);
  const rest = values === undefined ? [] : [`${describe(keys)}: ${describe(values)}`];
  return `{${[...named.toSorted(), ...rest].join(', ')}}`;
}

function describeDeclared(type: Declared): string {
  switch (type.type) {
    case 'array':
      if (type.static !== undefined) return `[${type.static.map(describeDeclared).join(', ')}]`;
      return `${describeDeclared(type.dynamic ?? { type: 'any' })}[]`;
    case 'set':
      return `set(${describeDeclared(type.of as Declared)})`;
    case 'object':
      return describeDeclaredObject(type);
    case 'any':
      if (!Array.isArray(type.of)) return 'any';
      return `<${(type.of as readonly Declared[]).map(describeDeclared).toSorted().join(' | ')}>`;
    default:
      return type.type;
  }
}

function describeDeclaredObject({ static: fields = [], dynamic }: Declared): string {
  const named = fields.map(({ key, value }) => `${key}: ${describeDeclared(value ?? { type: 'any' })}`);
  const [key, value] = [dynamic?.key, dynamic?.value];
  const rest = key === undefined || value === undefined ? [] : [`${describeDeclared(key)}: ${describeDeclared(value)}`];
  return `{${[...named.toSorted(), ...rest].join(', ')}}`;
}

function signature({ name, parameters, result, relation, nondeterministic }: Builtin): string {
  const marks = `${relation === true ? ' relation' : ''}${nondeterministic === true ? ' nondeterministic' : ''}`;
  return `${name}(${parameters.map(describe).join('; ')}) ${describe(result)}${marks}`;
}

function declaredSignature({ name, decl, relation, nondeterministic }: DeclaredBuiltin): string {
  const result = describeDeclared(decl.result ?? { type: 'boolean' });
  const marks = `${relation === true ? ' relation' : ''}${nondeterministic === true ? ' nondeterministic' : ''}`;
  return `${name}(${(decl.args ?? []).map(describeDeclared).join('; ')}) ${result}${marks}`;
}

const capabilities = spawnSync('opa', ['capabilities', '--current'], { encoding: 'utf8', timeout: 60_000 });
const skip = capabilities.error === undefined ? false : 'there is no `opa` in the path';

function declaredBuiltins(): readonly DeclaredBuiltin[] {
  const { builtins } = JSON.parse(capabilities.stdout) as { readonly builtins: readonly DeclaredBuiltin[] };
  assert.ok(builtins.length > 150);
  return builtins;
}

test('every signature is that of OPA', { skip }, () => {
  const declared = new Map(declaredBuiltins().map((builtin) => [builtin.name, declaredSignature(builtin)]));
  for (const builtin of ALL_BUILTINS) {
    // A statement has no result to compare.
    if (builtin.statement !== true) assert.equal(signature(builtin), declared.get(builtin.name));
  }
});

/** What a compiler writes as something else before anything is called. */
const UNCALLED: ReadonlySet<string> = new Set(['assign', 'rego.metadata.chain', 'rego.metadata.rule']);

test('every function of OPA is there', { skip }, () => {
  const missing = declaredBuiltins().filter(({ name }) => !BUILTINS.has(name) && !UNCALLED.has(name));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('every function is there once, and no two have one name', () => {
  assert.ok(BUILTINS.size > 100);
  assert.equal(ALL_BUILTINS.length, BUILTINS.size);
});
