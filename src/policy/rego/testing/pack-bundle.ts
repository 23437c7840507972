/** Bundles made in a test: files packed as `.tar.gz`, and signed as OPA signs them. Uses node:crypto and node:zlib. */
import { createHash, createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { packTar } from 'modern-tar';

/** By their paths. */
export type BundleTexts = Readonly<Record<string, string>>;

export async function packBundle(files: BundleTexts): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([name, body]) => {
    const size = Buffer.byteLength(body);
    return { header: { name, size, type: 'file' as const }, body };
  });
  return gzipSync(await packTar(entries));
}

/** The files with a `.signatures.json` made with HS256; data must be written without spaces and with sorted keys. */
export function signBundle(files: BundleTexts, secret: string, claims: object = {}): BundleTexts {
  const listed = Object.entries(files).map(([name, body]) => ({
    name,
    hash: createHash('sha256').update(body).digest('hex'),
    algorithm: 'SHA-256',
  }));
  const encoded = [
    { alg: 'HS256', kid: 'key' },
    { files: listed, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const text = encoded.join('.');
  const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  return { ...files, '.signatures.json': JSON.stringify({ signatures: [token] }) };
}
