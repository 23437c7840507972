import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, type KeyObject, X509Certificate } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { createBundleSource } from './bundle-source.ts';
import { type CertificateAuthority, DEFAULT_LIFETIME_SECONDS, openAuthority } from './certificate-authority.ts';
import { parsePem, toPem } from './pem.ts';
import { MAX_DNS_NAMES, MAX_TTL_SECONDS, MIN_TTL_SECONDS, type SvidRequest } from './svid-request.ts';
import { authorityBench, createFolder, openedAuthority, spiffeId, trustDomain } from './testing/authority.ts';
import { ecKey, rsaKey } from './testing/forge.ts';
import { verifyX509Svid } from './verify-x509-svid.ts';

const START = Date.UTC(2030, 0, 1, 12, 0, 0, 345);
const DAY = 24 * 3600 * 1000;
const ID = spiffeId('spiffe://example.org/ns/shop/sa/payments');
const { publicKey } = ecKey();

function request(changes: Partial<SvidRequest> = {}): SvidRequest {
  return { id: ID, publicKey, ttlSeconds: 3600, ...changes };
}

async function issued(authority: CertificateAuthority, changes: Partial<SvidRequest> = {}) {
  const svid = await authority.issue(request(changes));
  assert.ok(svid.ok, JSON.stringify(svid));
  return svid.value;
}

async function refusal(authority: CertificateAuthority, changes: Partial<SvidRequest>): Promise<string> {
  const svid = await authority.issue(request(changes));
  assert.ok(!svid.ok, 'it was issued');
  return svid.problem.code;
}

function issuerSerial(chain: readonly Uint8Array[]): string | undefined {
  return new X509Certificate(chain[0] ?? new Uint8Array()).issuer.split('serialNumber=')[1];
}

function serialsOf(authority: CertificateAuthority): string[] {
  return authority.bundle().authorities.map((bytes) => new X509Certificate(bytes).serialNumber.toLowerCase());
}

describe('an SVID', () => {
  test('is verified by our own rules and read alike by OpenSSL', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const svid = await issued(authority, { dnsNames: ['payments.shop.svc', 'localhost'] });
    using bundles = createBundleSource(authority);
    assert.deepEqual(verifyX509Svid(svid.chain, bundles, time.clock.now()), { ok: true, value: ID });
    assert.equal(svid.chain.length, 1);
    const read = new X509Certificate(svid.chain[0] ?? new Uint8Array());
    assert.equal(read.subjectAltName, `URI:${ID}, DNS:payments.shop.svc, DNS:localhost`);
    assert.equal(read.serialNumber.toLowerCase(), svid.serial);
    assert.equal(read.ca, false);
    assert.equal(read.validFromDate.getTime(), svid.notBefore);
    assert.equal(read.validToDate.getTime(), svid.notAfter);
    assert.ok(read.publicKey.equals(publicKey));
    const root = new X509Certificate(authority.bundle().authorities[0] ?? new Uint8Array());
    assert.ok(read.checkIssued(root) && read.verify(root.publicKey));
    assert.equal(root.subjectAltName, 'URI:spiffe://example.org');
  });

  test('begins ten seconds early and lives no longer than asked', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    await time.advance(60_000);
    const { notAfter, notBefore } = await issued(authority, { ttlSeconds: 2 });
    const second = Math.floor((START + 60_000) / 1000) * 1000;
    assert.equal(notBefore, second - 10_000);
    assert.equal(notAfter, second + 2000);
  });

  test('does not begin before its authority', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    time.jumpWall(-5000);
    const { notBefore } = await issued(authority);
    assert.equal(notBefore, Math.floor(START / 1000) * 1000 - 10_000);
  });

  test('is in the ledger before it exists, without a key', async () => {
    await using folder = await createFolder();
    const { ledger, options } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const svid = await issued(authority);
    const [created, recorded, ...more] = ledger.events;
    assert.ok(created !== undefined && recorded !== undefined && more.length === 0);
    assert.deepEqual([created.event.kind, recorded.event.kind], ['authority.created', 'svid.issued']);
    assert.deepEqual([created.mode, recorded.mode], ['required', 'required']);
    const { keySha256, ...data } = recorded.event.data;
    assert.deepEqual(data, { id: ID, serial: svid.serial, notAfter: svid.notAfter, issuer: serialsOf(authority)[0] });
    assert.equal(keySha256, hash('sha256', publicKey.export({ type: 'spki', format: 'der' })));
    assert.doesNotMatch(JSON.stringify(ledger.events), /PRIVATE|BEGIN/u);
  });

  test('does not exist when the ledger refuses it', async () => {
    await using folder = await createFolder();
    const { ledger, options } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    ledger.refuse(true);
    assert.equal(await refusal(authority, {}), 'svid/not-recorded');
    ledger.refuse(false);
    await issued(authority);
  });

  test('waits for the ledger, and is not handed out before', async () => {
    await using folder = await createFolder();
    const { ledger, options } = authorityBench(folder, START);
    const held = Promise.withResolvers<void>();
    await using authority = await openedAuthority({
      ...options,
      record: (event, mode) => (event.kind === 'svid.issued' ? held.promise : ledger.record(event, mode)),
    });
    let isThere = false;
    const pending = issued(authority).then(() => (isThere = true));
    await new Promise(setImmediate);
    assert.equal(isThere, false);
    held.resolve();
    assert.equal(await pending, true);
  });

  test('is refused outside what may be asked', async () => {
    await using folder = await createFolder();
    const { ledger, options } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const dnsNames = (...names: string[]): Promise<string> => refusal(authority, { dnsNames: names });
    assert.equal(await refusal(authority, { id: spiffeId('spiffe://other.example/a') }), 'svid/other-trust-domain');
    assert.equal(await refusal(authority, { id: spiffeId('spiffe://example.org') }), 'svid/not-an-svid');
    for (const ttlSeconds of [MIN_TTL_SECONDS - 1, MAX_TTL_SECONDS + 1, 2.5, Number.NaN, Infinity, -60]) {
      assert.equal(await refusal(authority, { ttlSeconds }), 'svid/bad-ttl', String(ttlSeconds));
    }
    for (const name of ['', '.', 'a..b', 'A.example', '*.example', '-a', 'a-', 'a_b', '10.0.0.1', 'a.1', 'é', 'a.']) {
      assert.equal(await dnsNames('ok.example', name), 'svid/bad-dns-name', name);
    }
    assert.equal(await dnsNames('a'.repeat(64)), 'svid/bad-dns-name');
    assert.equal(await dnsNames(`${'a.'.repeat(126)}bc`), 'svid/bad-dns-name');
    assert.equal(await dnsNames(...Array.from({ length: MAX_DNS_NAMES + 1 }, () => 'a')), 'svid/bad-dns-name');
    for (const key of [
      ecKey('secp256k1').publicKey,
      rsaKey(1024).publicKey,
      generateKeyPairSync('ed25519').publicKey,
    ]) {
      assert.equal(await refusal(authority, { publicKey: key }), 'svid/weak-key');
    }
    assert.equal(ledger.events.length, 1, 'a refused request was recorded as issued');
  });

  test('may have the longest ID, the most names and any accepted key', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    using bundles = createBundleSource(authority);
    const id = spiffeId(`spiffe://example.org/${'a'.repeat(2048 - 21)}`);
    const dnsNames = Array.from({ length: MAX_DNS_NAMES }, (_, index) => `${'a'.repeat(60)}.n${index}.example`);
    const keys: readonly KeyObject[] = [ecKey('P-384').publicKey, ecKey('P-521').publicKey, rsaKey(2048).publicKey];
    for (const key of keys) {
      const { chain } = await issued(authority, { id, dnsNames, publicKey: key });
      assert.deepEqual(verifyX509Svid(chain, bundles, time.clock.now()), { ok: true, value: id });
    }
  });

  test('has a serial number of its own, of 128 positive bits', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const serials = new Set<string>();
    for (let index = 0; index < 50; index += 1) serials.add((await issued(authority)).serial);
    assert.equal(serials.size, 50);
    for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/u);
  });

  test('is not issued by an authority that is closed', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    const authority = await openedAuthority(options);
    await authority[Symbol.asyncDispose]();
    assert.equal(await refusal(authority, {}), 'authority/closed');
    assert.equal(time.waiting(), 0);
  });
});

describe('the authority', () => {
  test('is the same after a restart, in files that its owner alone may read', async () => {
    await using folder = await createFolder();
    const { ledger, options } = authorityBench(folder, START);
    const first = await openedAuthority(options);
    const before = first.bundle().authorities;
    await first[Symbol.asyncDispose]();
    await using second = await openedAuthority(options);
    assert.deepEqual(second.bundle().authorities.map(hex), before.map(hex));
    assert.equal(ledger.events.length, 1);
    assert.deepEqual(await readdir(options.directory), ['authority-1.pem']);
    assert.equal((await stat(options.directory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(options.directory, 'authority-1.pem'))).mode & 0o777, 0o600);
  });

  test('is one, when many start at once', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    const all = await Promise.all(Array.from({ length: 8 }, () => openedAuthority(options)));
    assert.equal(new Set(all.flatMap(serialsOf)).size, 1);
    assert.deepEqual(await readdir(options.directory), ['authority-1.pem']);
    for (const authority of all) await authority[Symbol.asyncDispose]();
  });

  test('is not made when the ledger refuses it', async () => {
    await using folder = await createFolder();
    const { ledger, options, time } = authorityBench(folder, START);
    ledger.refuse(true);
    const refused = await openAuthority(options);
    assert.ok(!refused.ok);
    assert.equal(refused.problem.code, 'authority/not-recorded');
    assert.deepEqual(await readdir(options.directory), []);
    assert.equal(time.waiting(), 0);
  });

  test('removes what a crash left over', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await mkdir(options.directory, { mode: 0o700 });
    await writeFile(join(options.directory, '.authority-1.pem.00ff00ff00ff00ff.tmp'), 'half a k');
    await writeFile(join(options.directory, 'notes.txt'), 'somebody else put it here');
    await using _authority = await openedAuthority(options);
    assert.deepEqual((await readdir(options.directory)).sort(), ['authority-1.pem', 'notes.txt']);
  });

  test('refuses a lifetime that is no use', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await assert.rejects(openAuthority({ ...options, lifetimeSeconds: 59 }), RangeError);
    await assert.rejects(openAuthority({ ...options, lifetimeSeconds: Number.NaN }), RangeError);
  });
});

describe('a directory is refused', () => {
  async function refusedAfter(
    spoil: (file: string, directory: string) => Promise<void>,
    code: string,
    hint: RegExp,
  ): Promise<void> {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await (await openedAuthority(options))[Symbol.asyncDispose]();
    await spoil(join(options.directory, 'authority-1.pem'), options.directory);
    const opened = await openAuthority(options);
    assert.ok(!opened.ok, 'it was opened');
    assert.equal(opened.problem.code, code, opened.problem.message);
    assert.match(opened.problem.hint ?? '', hint);
    assert.doesNotMatch(JSON.stringify(opened.problem), /BEGIN|PRIVATE/u);
  }

  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    test(`when its key has mode ${mode.toString(8)}`, () =>
      refusedAfter((file) => chmod(file, mode), 'authority/file-open-to-others', /^chmod 0600/u));
  }

  test('when others may replace its files', () =>
    refusedAfter((_, path) => chmod(path, 0o770), 'authority/directory-open-to-others', /^chmod 0700/u));

  const notRoot = process.geteuid?.() === 0 ? false : 'only root can give a file away';
  test('when its key belongs to somebody else', { skip: notRoot }, () =>
    refusedAfter((file) => chown(file, 12_345, 12_345), 'authority/file-open-to-others', /run as user 12345/u),
  );

  test('when its key is a symbolic link', () =>
    refusedAfter(
      (file, path) => copyFile(file, `${path}/elsewhere`).then(() => symlink('elsewhere', `${path}/authority-2.pem`)),
      'authority/storage',
      /local file system/u,
    ));

  for (const [what, spoilt] of [
    ['empty', () => ''],
    ['cut off', (pem: string) => pem.slice(0, -40)],
    ['without its certificate', (pem: string) => pem.slice(0, pem.indexOf('-----BEGIN CERT'))],
    ['without its key', (pem: string) => pem.slice(pem.indexOf('-----BEGIN CERT'))],
    [
      'in the wrong order',
      (pem: string) =>
        pem
          .split(/(?=-----BEGIN)/u)
          .toReversed()
          .join(''),
    ],
    ['longer than it should be', (pem: string) => pem + pem],
    ['with a broken certificate', (pem: string) => replaced(pem, 1, (bytes) => bytes.subarray(1))],
    ['with a changed certificate', (pem: string) => replaced(pem, 1, (bytes) => flipped(bytes, bytes.length - 1))],
    ['with a broken key', (pem: string) => replaced(pem, 0, (bytes) => bytes.subarray(1))],
    ['with a key of another kind', (pem: string) => replaced(pem, 0, () => pkcs8(ecKey('P-384').privateKey))],
  ] as const) {
    test(`when its file is ${what}`, () =>
      refusedAfter(
        async (file) => writeFile(file, spoilt(await readFile(file, 'utf8'))),
        'authority/damaged',
        /restore it from a backup/u,
      ));
  }

  test('when its key and its certificate do not belong together', () =>
    refusedAfter(
      async (file) =>
        writeFile(
          file,
          replaced(await readFile(file, 'utf8'), 0, () => pkcs8(ecKey().privateKey)),
        ),
      'authority/key-mismatch',
      /restore it from a backup/u,
    ));

  test('when it was made for another trust domain', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await (await openedAuthority(options))[Symbol.asyncDispose]();
    const opened = await openAuthority({ ...options, trustDomain: trustDomain('other.example') });
    assert.ok(!opened.ok);
    assert.equal(opened.problem.code, 'authority/other-trust-domain');
    assert.match(opened.problem.message, /`spiffe:\/\/example\.org`, not of `spiffe:\/\/other\.example`/u);
  });

  test('when it is a file', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START);
    await writeFile(options.directory, '');
    const opened = await openAuthority(options);
    assert.ok(!opened.ok);
    assert.equal(opened.problem.code, 'authority/storage');
  });
});

describe('the succession', () => {
  /** Timers look once a minute at most, and the successor is written to a real file: wait for what tells of it. */
  const changed = (authority: CertificateAuthority): Promise<void> =>
    new Promise((resolve) => {
      const stop = authority.onBundleChange(() => {
        stop();
        resolve();
      });
    });

  test('is in the bundle a month before the end, and signs in the last week', async () => {
    await using folder = await createFolder();
    const { ledger, options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const [first] = serialsOf(authority);
    const end = Math.floor(START / 1000) * 1000 + DEFAULT_LIFETIME_SECONDS * 1000;
    const bundle = authority.bundle();

    time.jumpWall(end - 30 * DAY - START - 1000);
    await time.advance(60_000 - 1);
    assert.equal(authority.bundle(), bundle, 'the bundle is the same object until it changes');

    const prepared = changed(authority);
    await time.advance(60_000);
    await prepared;
    const [, second] = serialsOf(authority);
    assert.equal(serialsOf(authority).length, 2);
    const before = await issued(authority);
    assert.equal(issuerSerial(before.chain), first);

    time.jumpWall(23 * DAY);
    const after = await issued(authority);
    assert.equal(issuerSerial(after.chain), second);
    using bundles = createBundleSource(authority);
    const stillGood = await issued(authority, { ttlSeconds: MAX_TTL_SECONDS });
    assert.equal(stillGood.notAfter - Math.floor(time.clock.now() / 1000) * 1000, MAX_TTL_SECONDS * 1000);
    assert.ok(verifyX509Svid(after.chain, bundles, time.clock.now()).ok);

    const dropped = changed(authority);
    time.jumpWall(7 * DAY);
    await time.advance(60_000);
    await dropped;
    assert.deepEqual(serialsOf(authority), [second]);
    assert.equal(ledger.events.filter(({ event }) => event.kind === 'authority.created').length, 2);
  });

  test('begins anew when the installation was off for longer than a life', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await (await openedAuthority(options))[Symbol.asyncDispose]();
    time.jumpWall(400 * DAY);
    await using authority = await openedAuthority(options);
    assert.equal(serialsOf(authority).length, 1);
    const svid = await issued(authority);
    using bundles = createBundleSource(authority);
    assert.ok(verifyX509Svid(svid.chain, bundles, time.clock.now()).ok);
    assert.deepEqual((await readdir(options.directory)).sort(), ['authority-1.pem', 'authority-2.pem']);
  });

  test('comes at once when an issue finds that none is valid', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    time.jumpWall(400 * DAY);
    const svid = await issued(authority);
    using bundles = createBundleSource(authority);
    assert.ok(verifyX509Svid(svid.chain, bundles, time.clock.now()).ok);
  });

  test('is begun by an issue when it is due, and the issue does not wait for it', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const [first] = serialsOf(authority);
    time.jumpWall(340 * DAY);
    const prepared = changed(authority);
    assert.equal(issuerSerial((await issued(authority)).chain), first);
    assert.equal(serialsOf(authority).length, 1);
    await prepared;
    assert.equal(serialsOf(authority).length, 2);
  });

  test('survives a wall clock that was years ahead for a while', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    const [first] = serialsOf(authority);
    time.jumpWall(400 * DAY);
    await issued(authority);
    time.jumpWall(-400 * DAY);
    await authority.maintain();
    assert.equal(issuerSerial((await issued(authority)).chain), first);
  });

  test('survives a wall clock that was set back before the authority began', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START);
    await using authority = await openedAuthority(options);
    time.jumpWall(-DAY);
    const svid = await issued(authority);
    using bundles = createBundleSource(authority);
    assert.ok(verifyX509Svid(svid.chain, bundles, time.clock.now()).ok);
  });

  test('is tried again, and told of, while it fails; the authority serves until its end', async () => {
    await using folder = await createFolder();
    const { ledger, options, problems, time } = authorityBench(folder, START, { lifetimeSeconds: 3600 });
    const told: (() => void)[] = [];
    const onProblem = (problem: { code: string }): void => {
      options.onProblem({ message: '', ...problem });
      for (const tell of told.splice(0)) tell();
    };
    await using authority = await openedAuthority({ ...options, onProblem });
    ledger.refuse(true);
    time.jumpWall(1_800_000);
    const failed = new Promise<void>((resolve) => told.push(resolve));
    await time.advance(60_000);
    await failed;
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['authority/not-recorded'],
    );

    ledger.refuse(false);
    const svid = await issued(authority, { ttlSeconds: 60 });
    assert.equal(issuerSerial(svid.chain), serialsOf(authority)[0]);
    const prepared = changed(authority);
    await time.advance(60_000);
    await prepared;
    assert.equal(serialsOf(authority).length, 2);
  });

  test('forgets an authority one whole life after its end', async () => {
    await using folder = await createFolder();
    const { options, time } = authorityBench(folder, START, { lifetimeSeconds: 3600 });
    await using authority = await openedAuthority(options);
    time.jumpWall(2 * 3_600_000 + 20_000);
    await authority.maintain();
    assert.deepEqual(await readdir(options.directory), ['authority-2.pem']);
  });

  test('cuts an SVID where its authority ends', async () => {
    await using folder = await createFolder();
    const { options } = authorityBench(folder, START, { lifetimeSeconds: 60 });
    await using authority = await openedAuthority(options);
    const { notAfter } = await issued(authority, { ttlSeconds: 3600 });
    assert.equal(notAfter, Math.floor(START / 1000) * 1000 + 60_000);
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function pkcs8(key: KeyObject): Uint8Array {
  return key.export({ type: 'pkcs8', format: 'der' });
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

function replaced(pem: string, index: number, change: (bytes: Uint8Array) => Uint8Array): string {
  const blocks = parsePem(pem) ?? assert.fail('no PEM');
  return blocks.map(({ bytes, label }, at) => toPem(label, at === index ? change(bytes) : bytes)).join('');
}
