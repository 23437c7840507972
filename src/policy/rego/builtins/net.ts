/** `net.*`: CIDR blocks, and the lookup of names as far as it needs no network. */
import { getOfObject } from '../values/access.ts';
import { sortedKeys } from '../values/compare.ts';
import { makeSet, SetBuilder } from '../values/rego-set.ts';
import { isArray, isObject, RegoSet, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import {
  containsBlock,
  containsFirst,
  formatAddress,
  formatBlock,
  isIpv4,
  maskWords,
  parseCidr,
  parseIp,
  type IpBlock,
} from './net-address.ts';
import { mergeBlocks } from './net-ranges.ts';
import { notAsynchronous } from './network-error.ts';
import { operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';

/** The addresses of a `/12`, about 100 MB as a set: beyond it, OPA too runs until its query is cancelled. */
const MAX_EXPANDED = 1_048_576;

function blockOf(value: RegoValue): IpBlock | BuiltinError {
  if (typeof value !== 'string') return operandTypeError(1, value, 'string');
  return parseCidr(value) ?? new BuiltinError(`invalid CIDR address: ${value}`);
}

function contains(a: RegoValue, b: RegoValue): boolean | BuiltinError {
  const block = blockOf(a);
  if (block instanceof BuiltinError) return block;
  const other = addressOf(b);
  return other instanceof BuiltinError ? other : containsBlock(block, other);
}

/** An address, or a block of them. */
function addressOf(value: RegoValue): IpBlock | BuiltinError {
  if (typeof value !== 'string') return operandTypeError(1, value, 'string');
  const message = `not a valid textual representation of an IP address or CIDR: ${value}`;
  return parseIp(value) ?? parseCidr(value) ?? new BuiltinError(message);
}

function intersects(_: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const [left, right] = [blockOf(a), blockOf(b)];
  if (left instanceof BuiltinError) return left;
  if (right instanceof BuiltinError) return right;
  return containsFirst(left, right) || containsFirst(right, left);
}

function expand(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  const block = blockOf(a);
  if (block instanceof BuiltinError) return block;
  const count = 2 ** (128 - block.prefix);
  if (count > MAX_EXPANDED) {
    const bound = `and ${MAX_EXPANDED} are the most that are listed`;
    return new BuiltinError(`\`${formatBlock(block)}\` has ${count} addresses, ${bound}`);
  }
  const [high, middle, low, last] = block.words;
  const builder = new SetBuilder();
  for (let offset = 0; offset < count; offset += 1) builder.add(formatAddress([high, middle, low, last + offset]));
  return builder.build();
}

/** What stands for an element in a result: the string itself, the index in an array, the key in an object. */
type Candidate = { readonly address: RegoValue; readonly name: RegoValue };

function candidatesOf(value: RegoValue, position: number): readonly Candidate[] | BuiltinError {
  if (typeof value === 'string') return [{ address: value, name: value }];
  let elements: readonly Candidate[] = [];
  if (isArray(value)) elements = value.map((element, index) => ({ address: element, name: index }));
  else if (value instanceof RegoSet) elements = value.sorted().map((element) => ({ address: element, name: element }));
  else if (isObject(value)) {
    elements = sortedKeys(value).map((name) => ({ address: getOfObject(value, name) as RegoValue, name }));
  }
  const candidates: Candidate[] = [];
  for (const { address, name } of elements) {
    const first = isArray(address) ? address[0] : address;
    if (first === undefined || (typeof address !== 'string' && !isArray(address))) {
      return new BuiltinError(`operand ${position}: element must be string or non-empty array`);
    }
    candidates.push({ address: first, name });
  }
  return candidates;
}

/** Each with each: more than these take longer than any evaluation may. */
const MAX_PAIRS = 50_000_000;
const MAX_MATCHES = 1_000_000;

function containsMatches(_: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const candidates = candidatesOf(a, 1);
  if (candidates instanceof BuiltinError) return candidates;
  const matches = new SetBuilder();
  if (candidates.length === 0) return matches.build();
  const others = candidatesOf(b, 2);
  if (others instanceof BuiltinError) return others;
  if (others.length === 0) return matches.build();
  if (candidates.length * others.length > MAX_PAIRS) {
    return new BuiltinError(`${candidates.length} times ${others.length} are more than ${MAX_PAIRS} comparisons`);
  }
  const blocks = candidates.map(({ address }) => blockOf(address));
  const addresses = others.map(({ address }) => addressOf(address));
  // The first block meets all addresses before the second one is looked at.
  const wrong = [...blocks.slice(0, 1), ...addresses, ...blocks].find((one) => one instanceof BuiltinError);
  if (wrong !== undefined) return wrong;
  let count = 0;
  for (const [index, block] of (blocks as readonly IpBlock[]).entries()) {
    for (const [at, address] of (addresses as readonly IpBlock[]).entries()) {
      if (!containsBlock(block, address)) continue;
      count += 1;
      if (count > MAX_MATCHES) return new BuiltinError(`there are more than ${MAX_MATCHES} matches`);
      matches.add([(candidates[index] as Candidate).name, (others[at] as Candidate).name]);
    }
  }
  return matches.build();
}

function merge(_: BuiltinContext, a: RegoValue): BuiltinOutcome {
  const elements = isArray(a) ? a : a instanceof RegoSet ? a.sorted() : undefined;
  if (elements === undefined) return new BuiltinError('operand must be an array');
  const blocks: IpBlock[] = [];
  for (const element of elements) {
    const block = mergeable(element);
    if (block instanceof BuiltinError) return block;
    blocks.push(block);
  }
  return makeSet(mergeBlocks(blocks).map(formatBlock));
}

function mergeable(element: RegoValue): IpBlock | BuiltinError {
  if (typeof element !== 'string') return new BuiltinError('element must be string');
  const address = parseIp(element);
  if (address === undefined) return blockOf(element);
  if (!isIpv4(address)) return new BuiltinError('IPv6 invalid: needs prefix length');
  return { words: address.words, prefix: 96 + classBits(address.words[3] >>> 24) };
}

/** The network of an IPv4 address that names none, by the classes of RFC 791, as Go's `DefaultMask`. */
function classBits(firstByte: number): number {
  if (firstByte < 0x80) return 8;
  return firstByte < 0xc0 ? 16 : 24;
}

/** Addresses and `localhost` (RFC 6761 §6.3) are known without asking. */
function lookUp({ network }: BuiltinContext, a: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  const address = parseIp(a);
  if (address !== undefined) return makeSet([formatAddress(maskWords(address.words, 128))]);
  if (a === 'localhost') return makeSet(['127.0.0.1', '::1']);
  if (network === undefined) return notAsynchronous(a);
  return network.answer(`net.lookup_ip_addr ${a}`, { kind: 'addresses', host: a });
}

const STRING_OR_ARRAY: RegoType = { anyOf: ['string', { array: 'any' }] };
const CANDIDATES: RegoType = {
  anyOf: [
    'string',
    { array: STRING_OR_ARRAY },
    { object: { keys: 'string', values: STRING_OR_ARRAY } },
    { set: STRING_OR_ARRAY },
  ],
};

export const NET_BUILTINS: readonly Builtin[] = [
  {
    name: 'net.cidr_contains',
    parameters: ['string', 'string'],
    result: 'boolean',
    call: (_, a, b) => contains(a, b),
  },
  { name: 'net.cidr_overlap', parameters: ['string', 'string'], result: 'boolean', call: (_, a, b) => contains(a, b) },
  {
    name: 'net.cidr_contains_matches',
    parameters: [CANDIDATES, CANDIDATES],
    result: { set: { tuple: ['any', 'any'] } },
    call: containsMatches,
  },
  { name: 'net.cidr_intersects', parameters: ['string', 'string'], result: 'boolean', call: intersects },
  { name: 'net.cidr_expand', parameters: ['string'], result: { set: 'string' }, call: expand },
  {
    name: 'net.cidr_is_valid',
    parameters: ['string'],
    result: 'boolean',
    call: (_, a) => typeof a === 'string' && parseCidr(a) !== undefined,
  },
  {
    name: 'net.cidr_merge',
    parameters: [{ anyOf: [{ array: { anyOf: ['string'] } }, { set: 'string' }] }],
    result: { set: 'string' },
    call: merge,
  },
  {
    name: 'net.lookup_ip_addr',
    parameters: ['string'],
    result: { set: 'string' },
    nondeterministic: true,
    network: true,
    call: lookUp,
  },
];
