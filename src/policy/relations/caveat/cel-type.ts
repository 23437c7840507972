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

function isNull(type: CelType): boolean {
  return type.kind === 'scalar' && type.scalar === 'null_type';
}

/** Whether values of the two types can meet: what is dynamic meets everything, null meets times and addresses. */
export function areCompatible(a: CelType, b: CelType): boolean {
  if (isDyn(a) || isDyn(b)) return true;
  if (a.kind === 'list' && b.kind === 'list') return areCompatible(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map') return areCompatible(a.key, b.key) && areCompatible(a.value, b.value);
  if (isNull(a) || isNull(b)) return a.name === b.name || a.kind === 'object' || b.kind === 'object';
  return a.kind === b.kind && a.name === b.name;
}

/** The type of what is one or the other: dynamic where the two differ. */
export function joined(types: readonly CelType[]): CelType {
  const [first = CelScalar.DYN, ...rest] = types;
  const differs = rest.some((type) => !areCompatible(first, type) || dynamicParts(type) !== dynamicParts(first));
  return differs ? CelScalar.DYN : first;
}

/** The more exact of two compatible types: an empty list is a list of whatever is put in it. */
export function moreExact(a: CelType, b: CelType): CelType {
  return dynamicParts(a) > dynamicParts(b) ? b : a;
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
