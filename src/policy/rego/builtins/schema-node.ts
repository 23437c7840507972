/** What a JSON schema of draft 4, 6 or 7 says, read once. */
import type { RegoNumber, RegoValue } from '../values/value.ts';
import type { Regex } from './regex-pattern.ts';

/** `hybrid`: no `$schema` says which; the newest one, which takes what older ones wrote. */
export type Draft = 4 | 6 | 7 | 'hybrid';

/** Filled in while the schema is read, since it may refer to itself; read only after. */
export type SchemaNode = {
  /** Of the schemas `true` and `false`: nothing else is there. */
  always?: boolean;
  /** What `$ref` refers to: nothing else counts. */
  reference?: SchemaNode;
  types?: readonly string[];
  properties?: ReadonlyMap<string, SchemaNode>;
  patternProperties?: readonly { readonly pattern: Regex; readonly schema: SchemaNode }[];
  additionalProperties?: boolean | SchemaNode;
  propertyNames?: SchemaNode;
  dependencies?: ReadonlyMap<string, readonly string[] | SchemaNode>;
  required?: readonly string[];
  minProperties?: number;
  maxProperties?: number;
  /** One schema for all, or one for each of the first ones. */
  items?: SchemaNode | readonly SchemaNode[];
  additionalItems?: boolean | SchemaNode;
  contains?: SchemaNode;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minimum?: RegoNumber;
  maximum?: RegoNumber;
  exclusiveMinimum?: RegoNumber;
  exclusiveMaximum?: RegoNumber;
  multipleOf?: RegoNumber;
  minLength?: number;
  maxLength?: number;
  pattern?: { readonly text: string; readonly regex: Regex };
  format?: string;
  constant?: { readonly value: RegoValue };
  enumeration?: readonly RegoValue[];
  oneOf?: readonly SchemaNode[];
  anyOf?: readonly SchemaNode[];
  allOf?: readonly SchemaNode[];
  not?: SchemaNode;
  /** `if`, `then` and `else`. */
  condition?: SchemaNode;
  consequence?: SchemaNode;
  alternative?: SchemaNode;
};
