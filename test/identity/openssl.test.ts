import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { chainToPem } from '../../src/identity/pem.ts';
import { authorityBench, createFolder, openedAuthority, spiffeId } from '../../src/identity/testing/authority.ts';
import { ecKey } from '../../src/identity/testing/forge.ts';

const version = spawnSync('openssl', ['version'], { encoding: 'utf8' });
const skip =
  version.status === 0 && version.stdout.startsWith('OpenSSL 3') ? false : 'there is no openssl 3 on the PATH';

test('OpenSSL verifies an SVID by its strict rules, for servers and for clients', { skip }, async () => {
  await using folder = await createFolder();
  const { options } = authorityBench(folder, Date.now());
  await using authority = await openedAuthority(options);
  const id = spiffeId('spiffe://example.org/ns/shop/sa/payments');
  const svid = await authority.issue({ id, publicKey: ecKey().publicKey, ttlSeconds: 3600, dnsNames: ['payments'] });
  assert.ok(svid.ok);
  const [root, leaf] = [join(folder.path, 'root.pem'), join(folder.path, 'leaf.pem')];
  await writeFile(root, chainToPem(authority.bundle().authorities));
  await writeFile(leaf, chainToPem(svid.value.chain));
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });

  for (const purpose of ['sslserver', 'sslclient']) {
    const said = openssl('verify', '-x509_strict', '-check_ss_sig', '-purpose', purpose, '-CAfile', root, leaf);
    assert.match(said, /: OK/u);
  }
  assert.equal(openssl('x509', '-in', leaf, '-noout', '-serial').trim().toLowerCase(), `serial=${svid.value.serial}`);

  const leafText = openssl('x509', '-in', leaf, '-noout', '-text');
  for (const line of [
    /X509v3 Key Usage: critical\s+Digital Signature\n/u,
    /X509v3 Extended Key Usage: \s+TLS Web Server Authentication, TLS Web Client Authentication\n/u,
    /X509v3 Basic Constraints: critical\s+CA:FALSE\n/u,
    /X509v3 Subject Alternative Name: critical\s+URI:spiffe:\/\/example\.org\/ns\/shop\/sa\/payments, DNS:payments\n/u,
  ]) {
    assert.match(leafText, line);
  }
  const rootText = openssl('x509', '-in', root, '-noout', '-text');
  for (const line of [
    /X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n/u,
    /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/u,
    /X509v3 Subject Alternative Name: \s+URI:spiffe:\/\/example\.org\n/u,
  ]) {
    assert.match(rootText, line);
  }
});
