/** Which function a call means, by the types of its arguments: the rules of CEL's standard library. */
import { CelScalar, type CelEnv, type CelFunc, type CelType } from '@bufbuild/cel';

import { nearestName } from '../../../kernel/nearest-name.ts';
import { areCompatible, IP_ADDRESS, isDyn, joined, moreExact, showCelType } from './cel-type.ts';

type Fail = (message: string, hint?: string) => CelType;

const { BOOL, DYN } = CelScalar;

const ORDERINGS: ReadonlySet<string> = new Set(['_<_', '_<=_', '_>_', '_>=_']);

/** The type of the result; dynamic when overloads of several types could be meant. */
export function resolveCall(
  env: CelEnv,
  name: string,
  receiver: CelType | undefined,
  args: readonly CelType[],
  fail: Fail,
): CelType {
  const [first = DYN, second = DYN, third = DYN] = args;
  switch (name) {
    case '_&&_':
    case '_||_':
    case '@not_strictly_false':
      return args.every((type) => areCompatible(type, BOOL)) ? BOOL : mismatch(name, args, fail);
    case '_==_':
    case '_!=_':
      return areCompatible(first, second) ? BOOL : mismatch(name, args, fail);
    case '_?_:_':
      if (!areCompatible(first, BOOL) || !areCompatible(second, third)) return mismatch(name, args, fail);
      return joined([second, third]);
    case '_[_]':
      return elementOf(first, second) ?? mismatch(name, args, fail);
    case '@in':
      return isContainer(first, second) ? BOOL : mismatch(name, args, fail);
    case 'in_cidr': {
      const onAddress = receiver !== undefined && areCompatible(receiver, IP_ADDRESS) && args.length === 1;
      return onAddress && areCompatible(first, CelScalar.STRING) ? BOOL : mismatch(name, args, fail, receiver);
    }
  }
  const overloads: readonly CelFunc[] = [...(env.funcs.find(name) ?? [])];
  if (overloads.length === 0) {
    const names = new Set([...env.funcs].map((func) => func.name).filter((known) => /^\w+$/u.test(known)));
    const near = nearestName(name, [...names, 'in_cidr']);
    return fail(`there is no function \`${name}\``, near === undefined ? undefined : `did you mean \`${near}\`?`);
  }
  const fitting = overloads.filter((overload) => fits(overload, receiver, args));
  if (fitting.length === 0) return mismatch(name, args, fail, receiver);
  if (name === '_+_' && first.kind === 'list') {
    return areCompatible(first, second) ? moreExact(first, second) : mismatch(name, args, fail);
  }
  const results = fitting.map(({ result }) => result);
  return results.every((type) => type.name === results[0]?.name) ? (results[0] ?? DYN) : DYN;
}

function fits(
  { name, target, arguments: wanted }: CelFunc,
  receiver: CelType | undefined,
  args: readonly CelType[],
): boolean {
  if ((target === undefined) !== (receiver === undefined) || wanted.length !== args.length) return false;
  if (target !== undefined && receiver !== undefined && !areCompatible(target, receiver)) return false;
  // The library orders integers and doubles by each other; CEL's check of types does not.
  if (ORDERINGS.has(name) && wanted[0]?.name !== wanted[1]?.name) return false;
  return args.every((type, index) => areCompatible(type, wanted[index] ?? DYN));
}

function elementOf(container: CelType, key: CelType): CelType | undefined {
  if (isDyn(container)) return DYN;
  if (container.kind === 'list') return areCompatible(key, CelScalar.INT) ? container.element : undefined;
  return container.kind === 'map' && areCompatible(key, container.key) ? container.value : undefined;
}

function isContainer(item: CelType, container: CelType): boolean {
  if (isDyn(container)) return true;
  if (container.kind === 'list') return areCompatible(item, container.element);
  return container.kind === 'map' && areCompatible(item, container.key);
}

/** `_<_` is `<`, and `_?_:_` is `? :`. */
function mismatch(name: string, args: readonly CelType[], fail: Fail, receiver?: CelType): CelType {
  const operator = name.replaceAll(/[_@]/gu, /^\w+$/u.test(name) ? '$&' : ' ').trim();
  const types = args.map((type) => `\`${showCelType(type)}\``).join(' and ');
  const on = receiver === undefined ? '' : ` on \`${showCelType(receiver)}\``;
  return fail(`\`${operator}\` cannot be applied${args.length > 0 ? ` to ${types}` : ''}${on}`);
}
