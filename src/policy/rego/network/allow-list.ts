/** Which hosts may be asked: names, addresses and blocks of addresses, each with or without a port. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { containsBlock, type IpBlock, parseCidr, parseIp } from '../builtins/net-address.ts';
import { isLoopback, isPublic } from './special-addresses.ts';

type Entry = {
  /** In lower case, without a dot at its end; or a block, of one address or of more. */
  readonly host: string | IpBlock;
  /** Absent: every port. */
  readonly port: number | undefined;
};

export type AllowList = {
  readonly entries: readonly Entry[];
  /** What else a host must be among, by its exact name: `allow_net` of the capabilities. Absent: anything. */
  readonly only?: ReadonlySet<string>;
};

/** A host that is to be asked: its name, or its address without brackets. */
export type Peer = { readonly host: string; readonly port: number };

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:/]*))(?::([0-9]{1,5}))?$/;

/** `api.example.com`, `api.example.com:8443`, `192.0.2.7`, `[2001:db8::1]:443`, `10.0.0.0/8`. */
export function parseAllowList(texts: readonly string[]): Result<AllowList, readonly Problem[]> {
  const entries = texts.map(parseEntry);
  const wrong = texts.filter((_, index) => entries[index] === undefined);
  if (wrong.length > 0) return err(wrong.map(badEntry));
  return ok({ entries: entries.filter((entry) => entry !== undefined) });
}

function badEntry(text: string): Problem {
  return {
    code: 'rego/bad-allowed-host',
    message: `\`${text.slice(0, 100)}\` is no host that can be allowed`,
    hint: 'name a host exactly, without scheme, path or `*`: `api.example.com`, `api.example.com:8443`, `10.0.0.0/8`',
  };
}

function parseEntry(text: string): Entry | undefined {
  const block = parseCidr(text) ?? parseIp(text);
  if (block !== undefined) return { host: block, port: undefined };
  const [, literal, plain, digits] = WITH_PORT.exec(text) ?? [];
  const written = literal ?? plain;
  const port = digits === undefined ? undefined : Number(digits);
  if (written === undefined || port === 0 || (port ?? 0) > 65_535) return undefined;
  const address = parseIp(written);
  if (address !== undefined) return { host: address, port };
  const host = withoutDot(written.toLowerCase());
  return literal === undefined && NAME.test(host) ? { host, port } : undefined;
}

/** The dot at the end of a name says that it is whole, and is no other name. */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}

export function allowsHost({ entries, only }: AllowList, { host, port }: Peer): boolean {
  const name = withoutDot(host.toLowerCase());
  if (only?.has(name) === false) return false;
  const address = parseIp(name);
  return entries.some((entry) => {
    if (entry.port !== undefined && entry.port !== port) return false;
    if (typeof entry.host === 'string') return entry.host === name;
    return address !== undefined && containsBlock(entry.host, address);
  });
}

/** Whether a name may be looked up, which no port is part of. */
export function allowsName({ entries, only }: AllowList, host: string): boolean {
  const name = withoutDot(host.toLowerCase());
  return only?.has(name) !== false && entries.some((entry) => entry.host === name);
}

/**
 * Whether a connection to an address may be made for a host that is allowed. Who controls a name can have it resolve to
 * whatever they like: what is not of the public internet must be in the list itself, `localhost` for loopback.
 */
export function allowsAddress({ entries }: AllowList, { host, port }: Peer, text: string): boolean {
  const address = parseIp(text);
  if (address === undefined) return false;
  if (isPublic(address)) return true;
  if (withoutDot(host.toLowerCase()) === 'localhost' && isLoopback(address)) return true;
  return allowsHost({ entries: entries.filter((entry) => typeof entry.host !== 'string') }, { host: text, port });
}
