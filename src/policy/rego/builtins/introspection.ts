/** `opa.runtime` and `rego.metadata.*`: what a policy may know of where it runs and of itself. */
import { entriesOf, getOfObject } from '../values/access.ts';
import { makeObject } from '../values/rego-map.ts';
import { isArray, isObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin } from './builtin.ts';

/** Without what a configuration keeps secret: credentials of services, and keys. */
function withoutSecrets(runtime: RegoValue): RegoValue {
  const config = isObject(runtime) ? getOfObject(runtime, 'config') : undefined;
  if (config === undefined || !isObject(config) || !isObject(runtime)) return runtime;
  const entries = entriesOf(config).map(([key, value]): readonly [RegoValue, RegoValue] => {
    if (key === 'services') return [key, withoutMembers(value, ['credentials'])];
    return [key, key === 'keys' ? withoutMembers(value, ['key', 'private_key']) : value];
  });
  return makeObject([...entriesOf(runtime), ['config', makeObject(entries)]]);
}

/** Of each object in an array or object. */
function withoutMembers(value: RegoValue, names: readonly RegoValue[]): RegoValue {
  const strip = (element: RegoValue): RegoValue =>
    isObject(element) ? makeObject(entriesOf(element).filter(([key]) => !names.includes(key))) : element;
  if (isArray(value)) return value.map(strip);
  return isObject(value) ? makeObject(entriesOf(value).map(([key, element]) => [key, strip(element)])) : value;
}

/** The compiler puts the annotations where such a call stands in a rule; what is left stands in none. */
function metadata(name: string, result: Builtin['result']): Builtin {
  const message = `the ${name} function must only be called within the scope of a rule`;
  return { name, parameters: [], result, call: () => new BuiltinError(message) };
}

export const INTROSPECTION_BUILTINS: readonly Builtin[] = [
  {
    name: 'opa.runtime',
    parameters: [],
    result: { object: { keys: 'string', values: 'any' } },
    nondeterministic: true,
    call: (context) => withoutSecrets(context.runtime),
  },
  metadata('rego.metadata.chain', { array: 'any' }),
  metadata('rego.metadata.rule', 'any'),
];
