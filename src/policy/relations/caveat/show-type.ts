/** The types of parameters, as they stand in a schema. */
import type { CaveatType } from '../schema/caveat-type.ts';

export function showCaveatType(type: CaveatType): string {
  if (typeof type === 'string') return type;
  return 'list' in type ? `list<${showCaveatType(type.list)}>` : `map<${showCaveatType(type.map)}>`;
}
