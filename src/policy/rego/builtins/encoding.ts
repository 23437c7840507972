/** Texts in other clothes: base64, hexadecimal, JSON and URL queries. */
import { bytesOfText, textOfBytes } from '../values/bytes.ts';
import { entriesOf, listOf } from '../values/access.ts';
import { formatJson, parseJson, type JsonLayout } from '../values/json.ts';
import { makeObject } from '../values/rego-map.ts';
import { quote, toText } from '../values/text.ts';
import { isObject, typeOf, type RegoValue } from '../values/value.ts';
import { decodeBase64, decodeBase64Url, encodeBase64 } from './base64.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { operandError, operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';
import { escapeQuery, parseQuery, unescapeQuery } from './url-query.ts';

function ofString(name: string, result: RegoType, operation: (text: string) => BuiltinOutcome): Builtin {
  return {
    name,
    parameters: ['string'],
    result,
    call: (_, a) => (typeof a === 'string' ? operation(a) : operandTypeError(1, a, 'string')),
  };
}

/** What is no string is not valid. */
function isValid(name: string, test: (text: string) => boolean): Builtin {
  return {
    name: `${name}.is_valid`,
    parameters: ['string'],
    result: 'boolean',
    call: (_, a) => typeof a === 'string' && test(a),
  };
}

/** The text of bytes, or why there are none. */
function decoded(outcome: Uint8Array | string): BuiltinOutcome {
  return typeof outcome === 'string' ? new BuiltinError(outcome) : textOfBytes(outcome);
}

function encodeHex(text: string): string {
  let hex = '';
  for (const byte of bytesOfText(text)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

function decodeHex(text: string): BuiltinOutcome {
  const bytes = bytesOfText(text);
  const wrong = bytes.find((byte) => Number.isNaN(Number.parseInt(String.fromCharCode(byte), 16)));
  if (wrong !== undefined) {
    const code = wrong.toString(16).toUpperCase().padStart(4, '0');
    const shown =
      wrong >= 0x20 && wrong !== 0x7f && (wrong < 0x80 || wrong > 0xa0) ? ` '${String.fromCharCode(wrong)}'` : '';
    return new BuiltinError(`encoding/hex: invalid byte: U+${code}${shown}`);
  }
  if (text.length % 2 === 1) return new BuiltinError('encoding/hex: odd length hex string');
  return textOfBytes(
    Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)),
  );
}

function unmarshal(text: string): BuiltinOutcome {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : new BuiltinError(parsed.problem);
}

function isJson(text: string): boolean {
  const parsed = parseJson(text);
  return parsed.ok || parsed.problem === 'invalid number: number too big';
}

/** Any option asks for lines, unless `pretty` says otherwise. */
function marshalWithOptions(value: RegoValue, options: RegoValue): BuiltinOutcome {
  if (!isObject(options)) return operandTypeError(2, options, 'object');
  let [prefix, indent] = ['', '\t'];
  let pretty: boolean | undefined;
  const entries = entriesOf(options);
  for (const [index, [key, option]] of entries.entries()) {
    if (typeof key !== 'string') {
      const reason = `operand ${index} must be string but got ${typeOf(key)}`;
      return operandError(2, `failed to stringify key ${toText(key)} at index ${index}: ${reason}`);
    }
    if (key === 'pretty') {
      if (typeof option !== 'boolean') return operandError(2, `key ${quote(key)} failed cast to bool`);
      pretty = option;
    } else if (key === 'prefix' || key === 'indent') {
      if (typeof option !== 'string') {
        const reason = `operand ${index} must be string but got ${typeOf(option)}`;
        return operandError(2, `key ${quote(key)} failed cast to string: ${reason}`);
      }
      if (key === 'prefix') prefix = option;
      else indent = option;
    } else {
      return operandError(2, `object contained unknown key ${toText(key)}`);
    }
  }
  const layout: JsonLayout = { prefix, indent };
  return (pretty ?? entries.length > 0) ? prefix + formatJson(value, layout) : formatJson(value);
}

function encodeObject(object: RegoValue): BuiltinOutcome {
  if (!isObject(object)) return operandTypeError(1, object, 'object');
  const parts: string[] = [];
  const named = entriesOf(object).map(
    ([key, value]) => [typeof key === 'string' ? key : formatJson(key), value] as const,
  );
  for (const [key, value] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const element of listOf(value) ?? [value]) {
      if (typeof element !== 'string') return operandError(1, 'values must be string, array[string], or set[string]');
      parts.push(`${escapeQuery(key)}=${escapeQuery(element)}`);
    }
  }
  return parts.join('&');
}

function decodeObject(text: string): BuiltinOutcome {
  const parsed = parseQuery(text);
  return parsed.ok ? makeObject(parsed.value) : new BuiltinError(parsed.problem);
}

function decodeQuery(text: string): BuiltinOutcome {
  const outcome = unescapeQuery(text);
  return outcome.ok ? outcome.value : new BuiltinError(outcome.problem);
}

const STRINGS: RegoType = { anyOf: ['string', { array: 'string' }, { set: 'string' }] };
const OPTIONS: RegoType = {
  object: { fields: { indent: 'string', prefix: 'string', pretty: 'boolean' }, values: 'any' },
};

export const ENCODING_BUILTINS: readonly Builtin[] = [
  ofString('base64.encode', 'string', (text) => encodeBase64(bytesOfText(text), 'standard')),
  ofString('base64.decode', 'string', (text) => decoded(decodeBase64(text, 'standard'))),
  isValid('base64', (text) => typeof decodeBase64(text, 'standard') !== 'string'),
  ofString('base64url.encode', 'string', (text) => encodeBase64(bytesOfText(text), 'url')),
  ofString('base64url.encode_no_pad', 'string', (text) => encodeBase64(bytesOfText(text), 'url', false)),
  ofString('base64url.decode', 'string', (text) => decoded(decodeBase64Url(text))),
  ofString('hex.encode', 'string', encodeHex),
  ofString('hex.decode', 'string', decodeHex),
  { name: 'json.marshal', parameters: ['any'], result: 'string', call: (_, a) => formatJson(a) },
  {
    name: 'json.marshal_with_options',
    parameters: ['any', OPTIONS],
    result: 'string',
    call: (_, a, b) => marshalWithOptions(a, b),
  },
  ofString('json.unmarshal', 'any', unmarshal),
  isValid('json', isJson),
  ofString('urlquery.encode', 'string', escapeQuery),
  ofString('urlquery.decode', 'string', decodeQuery),
  {
    name: 'urlquery.encode_object',
    parameters: [{ object: { values: STRINGS } }],
    result: 'string',
    call: (_, a) => encodeObject(a),
  },
  ofString('urlquery.decode_object', { object: { values: { array: 'string' } } }, decodeObject),
];
