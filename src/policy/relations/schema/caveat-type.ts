/** The types of a caveat's parameters. */

export type CaveatType =
  | 'any'
  | 'bool'
  | 'string'
  | 'int'
  | 'uint'
  | 'double'
  | 'bytes'
  | 'duration'
  | 'timestamp'
  | 'ipaddress'
  | { readonly list: CaveatType }
  /** Keys are strings. */
  | { readonly map: CaveatType };
