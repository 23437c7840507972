/** Whether a value is of a type of the schema, and what people call such a type. */
import { Datetime } from '../extensions/datetime.ts';
import { Decimal } from '../extensions/decimal.ts';
import { Duration } from '../extensions/duration.ts';
import { IpAddress } from '../extensions/ip-address.ts';
import { isLong } from '../long.ts';
import { CedarRecord, CedarSet, Entity, type Value } from '../value.ts';
import type { CedarType, ExtensionTypeName } from './cedar-schema.ts';

/** Not of what a set or a record holds: whoever makes one by its type has looked. */
export function hasType(value: Value, type: CedarType): boolean {
  switch (type.kind) {
    case 'String':
      return typeof value === 'string';
    case 'Boolean':
      return typeof value === 'boolean';
    case 'Long':
      return isLong(value);
    case 'Set':
      return value instanceof CedarSet;
    case 'Record':
      return value instanceof CedarRecord;
    case 'Entity':
      return value instanceof Entity && value.type.name === type.name;
    case 'Extension':
      return isOfExtensionType(value, type.name);
  }
}

function isOfExtensionType(value: Value, name: ExtensionTypeName): boolean {
  switch (name) {
    case 'decimal':
      return value instanceof Decimal;
    case 'ipaddr':
      return value instanceof IpAddress;
    case 'datetime':
      return value instanceof Datetime;
    case 'duration':
      return value instanceof Duration;
  }
}

/** With its article, as `typeOfValue` says it of values. */
export function describeType(type: CedarType): string {
  switch (type.kind) {
    case 'String':
    case 'Boolean':
    case 'Long':
    case 'Set':
    case 'Record':
      return `a ${type.kind.toLowerCase()}`;
    case 'Entity':
      return `an entity of type \`${type.name}\``;
    case 'Extension':
      return type.name === 'ipaddr' ? 'an ip address' : `a ${type.name}`;
  }
}
