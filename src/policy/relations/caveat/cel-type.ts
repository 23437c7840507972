/** Types of CEL while a caveat is checked: those of the library, and the address, which it does not know. */
import { CelScalar, listType, mapType, objectType, type CelObjectType, type CelType } from '@bufbuild/cel';

import type { CaveatType } from '../schema/caveat-type.ts';
import { DURATION, TIMESTAMP } from './timestamp-methods.ts';

export const IP_ADDRESS: CelObjectType = objectType('IPAddress');

/** As SpiceDB declares them: a `uint` is counted as an `int`. */
export function celTypeOf(type: CaveatType): CelType {
  if (typeof type === 'object') {
    return 'list' in type ? listType(celTypeOf(type.list)) : mapType(CelScalar.STRING, celTypeOf(type.map));
  }
  switch (type) {
    case 'any':
      return CelScalar.DYN;
    case 'bool':
      return CelScalar.BOOL;
    case 'string':
      return CelScalar.STRING;
    case 'int':
    case 'uint':
      return CelScalar.INT;
    case 'double':
      return CelScalar.DOUBLE;
    case 'bytes':
      return CelScalar.BYTES;
    case 'duration':
      return DURATION;
    case 'timestamp':
      return TIMESTAMP;
    case 'ipaddress':
      return IP_ADDRESS;
  }
}

export function isDyn(type: CelType): boolean {
  return type.kind === 'scalar' && type.scalar === 'dyn';
}

/** Whether values of the two types can meet; what is dynamic meets everything. */
export function areCompatible(a: CelType, b: CelType): boolean {
  if (isDyn(a) || isDyn(b)) return true;
  if (a.kind === 'list' && b.kind === 'list') return areCompatible(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map') return areCompatible(a.key, b.key) && areCompatible(a.value, b.value);
  return a.kind === b.kind && a.name === b.name;
}

/** The type of what is one or the other: the more exact one when they are compatible, else dynamic. */
export function joined(types: readonly CelType[]): CelType {
  let common: CelType | undefined;
  for (const type of types) {
    if (common === undefined) common = type;
    else if (!areCompatible(common, type)) return CelScalar.DYN;
    else if (dynamicParts(common) > dynamicParts(type)) common = type;
  }
  return common ?? CelScalar.DYN;
}

function dynamicParts(type: CelType): number {
  if (type.kind === 'list') return dynamicParts(type.element);
  if (type.kind === 'map') return dynamicParts(type.key) + dynamicParts(type.value);
  return isDyn(type) ? 1 : 0;
}

/** As it stands in a schema, where a schema can name it. */
export function showCelType(type: CelType): string {
  if (type.kind === 'list') return `list<${showCelType(type.element)}>`;
  if (type.kind === 'map') return `map<${showCelType(type.value)}>`;
  if (type.name === IP_ADDRESS.name) return 'ipaddress';
  if (type.name === TIMESTAMP.name) return 'timestamp';
  if (type.name === DURATION.name) return 'duration';
  if (type.name === 'dyn') return 'any';
  return type.name === 'null_type' ? 'null' : type.name;
}
