/** All built-in functions by name: every family adds its own here. */
import { AGGREGATE_BUILTINS } from './aggregates.ts';
import { ARITHMETIC_BUILTINS } from './arithmetic.ts';
import { ARRAY_BUILTINS } from './arrays.ts';
import { BITS_BUILTINS } from './bits.ts';
import type { Builtin } from './builtin.ts';
import { CAST_BUILTINS } from './casts.ts';
import { COMPARISON_BUILTINS } from './comparison.ts';
import { GRAPH_BUILTINS } from './graph.ts';
import { JSON_PATCH_BUILTINS } from './json-patch.ts';
import { JSON_SELECTION_BUILTINS } from './json-selection.ts';
import { NUMBER_BUILTINS } from './numbers.ts';
import { SUBSET_BUILTINS } from './object-subset.ts';
import { OBJECT_BUILTINS } from './objects.ts';
import { SET_BUILTINS } from './sets.ts';
import { SPRINTF_BUILTINS } from './sprintf.ts';
import { STRING_MATCH_BUILTINS } from './string-matches.ts';
import { STRING_BUILTINS } from './strings.ts';
import { TYPE_BUILTINS } from './type-tests.ts';

const FAMILIES: readonly (readonly Builtin[])[] = [
  AGGREGATE_BUILTINS,
  ARITHMETIC_BUILTINS,
  ARRAY_BUILTINS,
  BITS_BUILTINS,
  CAST_BUILTINS,
  COMPARISON_BUILTINS,
  GRAPH_BUILTINS,
  JSON_PATCH_BUILTINS,
  JSON_SELECTION_BUILTINS,
  NUMBER_BUILTINS,
  OBJECT_BUILTINS,
  SET_BUILTINS,
  SPRINTF_BUILTINS,
  STRING_BUILTINS,
  STRING_MATCH_BUILTINS,
  SUBSET_BUILTINS,
  TYPE_BUILTINS,
];

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin] as const),
);
