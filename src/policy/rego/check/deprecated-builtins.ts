/** Built-ins that are kept for modules from before OPA 1.0 alone, and what to write instead. */
export const DEPRECATED_BUILTINS: ReadonlyMap<string, string> = new Map([
  ['all', 'write `every x in xs { x == true }`'],
  ['any', 'write `true in xs`'],
  ['cast_array', 'write `[x | some x in xs]`, or test with `is_array`'],
  ['cast_boolean', 'test with `is_boolean`'],
  ['cast_null', 'test with `is_null`'],
  ['cast_object', 'test with `is_object`'],
  ['cast_set', 'write `{x | some x in xs}`, or test with `is_set`'],
  ['cast_string', 'test with `is_string`'],
  ['net.cidr_overlap', 'write `net.cidr_contains`'],
  ['re_match', 'write `regex.match`'],
  ['set_diff', 'write `a - b`'],
]);
