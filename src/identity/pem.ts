/** PEM (RFC 7468), strict: what keys and certificates look like in a file, and what TLS libraries take. */

export type PemBlock = { readonly label: string; readonly bytes: Uint8Array };

export function toPem(label: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  const lines = base64.match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A chain of DER certificates as one PEM text, in the same order: the `cert` and `ca` of `node:tls`. */
export function chainToPem(chain: readonly Uint8Array[]): string {
  return chain.map((bytes) => toPem('CERTIFICATE', bytes)).join('');
}

/** Every block of the text, in order; undefined when there is anything but whole blocks and white space. */
export function parsePem(text: string): readonly PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  const block = /\s*-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----\s*/uy;
  while (block.lastIndex < text.length) {
    const match = block.exec(text);
    const [, label, base64] = match ?? [];
    if (label === undefined || base64 === undefined) return undefined;
    const bytes = Buffer.from(base64, 'base64');
    // Buffer skips what it does not understand; only what encodes back to itself was base64.
    if (bytes.toString('base64') !== base64.replaceAll(/[\r\n]/gu, '')) return undefined;
    blocks.push({ label, bytes });
  }
  return blocks;
}
