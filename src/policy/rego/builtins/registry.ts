/** All built-in functions by name: every family adds its own here. */
import { AGGREGATE_BUILTINS } from './aggregates.ts';
import { ARITHMETIC_BUILTINS } from './arithmetic.ts';
import { ARRAY_BUILTINS } from './arrays.ts';
import { AWS_BUILTINS } from './aws.ts';
import { BITS_BUILTINS } from './bits.ts';
import type { Builtin } from './builtin.ts';
import { CAST_BUILTINS } from './casts.ts';
import { COMPARISON_BUILTINS } from './comparison.ts';
import { CRYPTO_BUILTINS } from './crypto.ts';
import { ENCODING_BUILTINS } from './encoding.ts';
import { GLOB_BUILTINS } from './glob.ts';
import { GRAPH_BUILTINS } from './graph.ts';
import { GRAPHQL_BUILTINS } from './graphql.ts';
import { HTTP_BUILTINS } from './http.ts';
import { INTROSPECTION_BUILTINS } from './introspection.ts';
import { INTERPOLATION_BUILTINS } from './interpolation.ts';
import { JSON_PATCH_BUILTINS } from './json-patch.ts';
import { JSON_SCHEMA_BUILTINS } from './json-schema.ts';
import { JSON_SELECTION_BUILTINS } from './json-selection.ts';
import { JWT_BUILTINS } from './jwt.ts';
import { NET_BUILTINS } from './net.ts';
import { needsNodeCrypto } from './node-crypto.ts';
import { NUMBER_BUILTINS } from './numbers.ts';
import { SUBSET_BUILTINS } from './object-subset.ts';
import { OBJECT_BUILTINS } from './objects.ts';
import { PARSED_MODULE_BUILTINS } from './parsed-modules.ts';
import { REGEX_BUILTINS } from './regex.ts';
import { SEMVER_BUILTINS } from './semver.ts';
import { SET_BUILTINS } from './sets.ts';
import { SPRINTF_BUILTINS } from './sprintf.ts';
import { STRING_MATCH_BUILTINS } from './string-matches.ts';
import { STRING_BUILTINS } from './strings.ts';
import { TIME_BUILTINS } from './time.ts';
import { TRACING_BUILTINS } from './tracing.ts';
import { TEMPLATE_BUILTINS } from './template.ts';
import { TYPE_BUILTINS } from './type-tests.ts';
import { UNIT_BUILTINS } from './units.ts';
import { URI_BUILTINS } from './uri.ts';
import { UUID_BUILTINS } from './uuid.ts';
import { X509_BUILTINS } from './x509.ts';
import { YAML_BUILTINS } from './yaml.ts';

const FAMILIES: readonly (readonly Builtin[])[] = [
  AGGREGATE_BUILTINS,
  ARITHMETIC_BUILTINS,
  ARRAY_BUILTINS,
  needsNodeCrypto(AWS_BUILTINS),
  BITS_BUILTINS,
  CAST_BUILTINS,
  COMPARISON_BUILTINS,
  needsNodeCrypto(CRYPTO_BUILTINS),
  ENCODING_BUILTINS,
  GLOB_BUILTINS,
  GRAPHQL_BUILTINS,
  GRAPH_BUILTINS,
  HTTP_BUILTINS,
  INTROSPECTION_BUILTINS,
  INTERPOLATION_BUILTINS,
  JSON_PATCH_BUILTINS,
  JSON_SCHEMA_BUILTINS,
  JSON_SELECTION_BUILTINS,
  needsNodeCrypto(JWT_BUILTINS, ['io.jwt.decode']),
  NET_BUILTINS,
  NUMBER_BUILTINS,
  OBJECT_BUILTINS,
  PARSED_MODULE_BUILTINS,
  REGEX_BUILTINS,
  SEMVER_BUILTINS,
  SET_BUILTINS,
  SPRINTF_BUILTINS,
  STRING_BUILTINS,
  STRING_MATCH_BUILTINS,
  SUBSET_BUILTINS,
  TIME_BUILTINS,
  TRACING_BUILTINS,
  TEMPLATE_BUILTINS,
  TYPE_BUILTINS,
  UNIT_BUILTINS,
  URI_BUILTINS,
  UUID_BUILTINS,
  needsNodeCrypto(X509_BUILTINS),
  YAML_BUILTINS,
];

export const ALL_BUILTINS: readonly Builtin[] = FAMILIES.flat();

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  ALL_BUILTINS.map((builtin) => [builtin.name, builtin] as const),
);
