/** UUIDs: random ones, and what is in one (RFC 4122 and DCE 1.1). */
import { integerOf } from '../values/number.ts';
import type { RegoValue } from '../values/value.ts';
import type { Builtin, BuiltinContext, BuiltinOutcome } from './builtin.ts';
import { operandTypeError } from './operand-error.ts';

/** Of version 4; within a query the same for the same key. */
function random(context: BuiltinContext, name: RegoValue): BuiltinOutcome {
  if (typeof name !== 'string') return operandTypeError(1, name, 'string');
  const key = `uuid.rfc4122 ${name}`;
  const known = context.memo.get(key);
  if (known !== undefined) return known;
  const bytes = Uint8Array.from(context.randomBytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  context.memo.set(key, uuid);
  return uuid;
}

const HYPHENATED = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/** The 128 bits of a UUID with hyphens or without, as a URN, or in any two characters for braces. */
function parseUuid(text: string): bigint | undefined {
  if (/^[0-9a-f]{32}$/i.test(text)) return BigInt(`0x${text}`);
  const inner =
    text.length === 45 && /^urn:uuid:/i.test(text) ? text.slice(9) : text.length === 38 ? text.slice(1, -1) : text;
  const parts = HYPHENATED.exec(inner);
  return parts === null ? undefined : BigInt(`0x${parts.slice(1).join('')}`);
}

function bits(uuid: bigint, from: number, count: number): bigint {
  return (uuid >> BigInt(128 - from - count)) & ((1n << BigInt(count)) - 1n);
}

function variantOf(uuid: bigint): string {
  const top = Number(bits(uuid, 64, 3));
  if (top < 4) return 'Reserved';
  if (top < 6) return 'RFC4122';
  return top === 6 ? 'Microsoft' : 'Future';
}

/** From 1582-10-15 to 1970-01-01 in steps of 100 ns. */
const EPOCH_STEPS = 122_192_928_000_000_000n;

function timeOf(uuid: bigint): number | bigint {
  const steps = (bits(uuid, 52, 12) << 48n) | (bits(uuid, 32, 16) << 32n) | bits(uuid, 0, 32);
  return integerOf(BigInt.asIntN(64, (steps - EPOCH_STEPS) * 100n));
}

function addressKind(firstByte: number): string {
  const scope = firstByte & 2 ? 'local' : 'global';
  return `${scope}:${firstByte & 1 ? 'multicast' : 'unicast'}`;
}

const DOMAINS = ['Person', 'Group', 'Org'];

/** Undefined where the text is none. */
function parse(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  const uuid = parseUuid(text);
  if (uuid === undefined) return undefined;
  const version = Number(bits(uuid, 48, 4));
  const fields = { version, variant: variantOf(uuid) };
  if (version !== 1 && version !== 2) return fields;
  const node = bits(uuid, 80, 48).toString(16).padStart(12, '0');
  const timed = {
    ...fields,
    time: timeOf(uuid),
    nodeid: node.replaceAll(/(..)(?!$)/g, '$1-'),
    macvariables: addressKind(Number(bits(uuid, 80, 8))),
    clocksequence: Number(bits(uuid, 66, 14)),
  };
  if (version === 1) return timed;
  const domain = Number(bits(uuid, 72, 8));
  return { ...timed, id: Number(bits(uuid, 0, 32)), domain: DOMAINS[domain] ?? `Domain${domain}` };
}

export const UUID_BUILTINS: readonly Builtin[] = [
  { name: 'uuid.rfc4122', parameters: ['string'], result: 'string', nondeterministic: true, call: random },
  { name: 'uuid.parse', parameters: ['string'], result: { object: { values: 'any' } }, call: (_, a) => parse(a) },
];
