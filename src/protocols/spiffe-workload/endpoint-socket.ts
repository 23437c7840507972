/** The address of a Workload API, as `SPIFFE_ENDPOINT_SOCKET` has it (SPIFFE Workload Endpoint §4). */
import { isIP } from 'node:net';

import { err, ok, type Result } from '../../kernel/result.ts';
import { checkSocketPath } from '../socket-path.ts';

export type EndpointSocket =
  | { readonly kind: 'unix'; readonly path: string }
  /** `address` is an IP address, never a name. */
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number };

/** Codes: `endpoint/bad-scheme`, `/bad-path`, `/bad-address`, `socket/path-too-long`. */
export function parseEndpointSocket(text: string): Result<EndpointSocket> {
  if (text.startsWith('unix://')) return parseUnix(text.slice('unix://'.length));
  if (text.startsWith('tcp://')) return parseTcp(text.slice('tcp://'.length));
  return refuse('bad-scheme', `\`${text.slice(0, 128)}\` begins with neither \`unix://\` nor \`tcp://\``);
}

/** What a workload gets in its environment. */
export function formatEndpointSocket(endpoint: EndpointSocket): string {
  // The characters that a URI gives a meaning of its own; everything else of a path stands for itself.
  if (endpoint.kind === 'unix') return `unix://${endpoint.path.replaceAll(/[%?#]/gu, encodeURIComponent)}`;
  const { address, port } = endpoint;
  return `tcp://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function parseUnix(rest: string): Result<EndpointSocket> {
  if (/[?#]/u.test(rest)) return refuse('bad-path', 'a `unix://` endpoint has a path and nothing else');
  let path: string;
  try {
    path = decodeURIComponent(rest);
  } catch {
    return refuse('bad-path', 'the path of the endpoint has a `%` that does not begin an escape');
  }
  if (!path.startsWith('/'))
    return refuse('bad-path', 'a `unix://` endpoint has no host: write `unix:///absolute/path`');
  const checked = checkSocketPath(path);
  return checked.ok ? ok({ kind: 'unix', path }) : checked;
}

function parseTcp(rest: string): Result<EndpointSocket> {
  const [, v6, v4, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/u.exec(rest) ?? [];
  const address = v6 ?? v4 ?? '';
  const port = Number(digits);
  if (isIP(address) === (v6 === undefined ? 4 : 6) && port >= 1 && port <= 65_535) {
    return ok({ kind: 'tcp', address, port });
  }
  return refuse(
    'bad-address',
    'a `tcp://` endpoint has an IP address and a port and nothing else, as `tcp://127.0.0.1:8000`',
  );
}

function refuse(what: string, message: string): Result<never> {
  const hint = 'the two forms are `unix:///absolute/path` and `tcp://ip:port`';
  return err({ code: `endpoint/${what}`, message, hint });
}
