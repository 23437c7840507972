/** Types as OPA's capabilities declare them: of a built-in's parameters and its result. */

export type RegoType =
  | 'any'
  | 'null'
  | 'boolean'
  | 'number'
  | 'string'
  | { readonly array: RegoType }
  | { readonly tuple: readonly RegoType[] }
  | { readonly set: RegoType }
  /** `keys` absent: strings. `fields`: static properties that must be there; `values`: of all others. */
  | {
      readonly object: {
        readonly fields?: { readonly [name: string]: RegoType };
        readonly keys?: RegoType;
        readonly values?: RegoType;
      };
    }
  | { readonly anyOf: readonly RegoType[] };

export const ANY_ARRAY: RegoType = { array: 'any' };
export const ANY_SET: RegoType = { set: 'any' };
export const ANY_OBJECT: RegoType = { object: { keys: 'any', values: 'any' } };
export const ANY_ARRAY_OR_SET: RegoType = { anyOf: [ANY_ARRAY, ANY_SET] };
