/** All that is asked of types, around one table. */
import { Compatibility } from './compatible.ts';
import { TypeParts } from './type-parts.ts';
import { ConstantTypes, DeclaredTypes } from './type-of-value.ts';
import { TypeTable } from './type.ts';

export type TypeAlgebra = {
  readonly table: TypeTable;
  readonly constants: ConstantTypes;
  readonly declared: DeclaredTypes;
  readonly parts: TypeParts;
  readonly compatibility: Compatibility;
};

export function typeAlgebra(): TypeAlgebra {
  const table = new TypeTable();
  const constants = new ConstantTypes(table);
  const parts = new TypeParts(table, constants);
  const compatibility = new Compatibility(table, parts);
  return { table, constants, declared: new DeclaredTypes(table), parts, compatibility };
}
