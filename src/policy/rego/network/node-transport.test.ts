/** TLS as a policy asks for it, against a real server whose certificate nobody else trusts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { compileRego } from '../compile.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { networkAccess } from './network-access.ts';
import { nodeTransport } from './node-transport.ts';

function selfSigned(): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rego-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = 'subjectAltName=DNS:inside.example.com';
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=inside', '-addext', names];
  try {
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a server is known by the authority that the policy names, and a client by its certificate', async () => {
  const { cert, key } = selfSigned();
  const server = createServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ knowsClient: (request.socket as TLSSocket).authorized }));
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const transport = { ...nodeTransport, lookUp: () => Promise.resolve(['127.0.0.1']) };
  const network = networkAccess({ allow: ['inside.example.com', '127.0.0.1'], transport });
  const policy = compileRego({ modules: [{ file: 'p.rego', text: 'package p\n\nx := http.send(input).body\n' }] });
  const decision = policy.ok ? policy.value.decision('data.p.x') : undefined;
  assert.ok(network.ok && decision?.ok === true);
  const decide = async (host: string, more: { readonly [name: string]: RegoValue }): Promise<string> => {
    const input = { method: 'get', url: `https://${host}:${port}/`, ...more };
    const result = await decision.value.evaluateAsync(input, { network: network.value, strictErrors: true });
    return result.ok ? toText(result.value ?? null) : result.problem.message;
  };
  const named = 'inside.example.com';
  assert.match(await decide(named, {}), /^http\.send: Get "https:.*": self-signed certificate/u);
  assert.equal(await decide(named, { tls_ca_cert: cert }), '{"knowsClient": false}');
  const both = { tls_ca_cert: cert, tls_client_cert: cert, tls_client_key: key };
  assert.equal(await decide(named, both), '{"knowsClient": true}');
  // The certificate is for a name, and the address is none of its names.
  assert.match(await decide('127.0.0.1', { tls_ca_cert: cert }), /^http\.send: Get "https:/u);
  assert.equal(await decide('127.0.0.1', { tls_ca_cert: cert, tls_server_name: named }), '{"knowsClient": false}');
  assert.equal(await decide('127.0.0.1', { tls_insecure_skip_verify: true }), '{"knowsClient": false}');
  assert.equal(await decide('127.0.0.1', { tls_ca_cert: cert, headers: { Host: named } }), '{"knowsClient": false}');
  assert.match(await decide(named, { tls_ca_cert: cert, tls_server_name: 'other.example.com' }), /disallowed host/u);
  server.closeAllConnections();
  server.close();
});
