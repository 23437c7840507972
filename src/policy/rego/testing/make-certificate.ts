/** Certificates and requests written byte by byte (X.690, RFC 5280, RFC 2986), so that tests can have any. */
import { sign, type KeyObject } from 'node:crypto';

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...size]), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

export function text(tag: number, value: string): Buffer {
  return der(tag, Buffer.from(value));
}

export function integer(value: number): Buffer {
  return der(0x02, Uint8Array.from([value]));
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Uint8Array.from(bytes));
}

export type ExtensionParts = { readonly id: string; readonly critical?: boolean; readonly value: Uint8Array };

function extensionsDer(extensions: readonly ExtensionParts[]): Buffer {
  const each = extensions.map(({ id, critical, value }) =>
    sequence(oid(id), ...(critical === true ? [der(0x01, Uint8Array.of(0xff))] : []), der(0x04, value)),
  );
  return sequence(...each);
}

/** `[type, value]` by the last number of `2.5.4.n`. */
export type NameParts = readonly (readonly [number, string])[];

function nameDer(parts: NameParts): Buffer {
  return sequence(...parts.map(([type, value]) => der(0x31, sequence(oid(`2.5.4.${type}`), text(0x0c, value)))));
}

function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

function signed(body: Buffer, key: KeyObject): Buffer {
  const signature = sign('sha256', body, key);
  return sequence(body, ECDSA_WITH_SHA256, der(0x03, Uint8Array.of(0), signature));
}

export type CertificateParts = {
  readonly subject: NameParts;
  readonly issuer: NameParts;
  readonly publicKey: KeyObject;
  /** On a curve. */
  readonly signingKey: KeyObject;
  /** `YYMMDDhhmmssZ`. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly extensions: readonly ExtensionParts[];
};

export function makeCertificate(parts: CertificateParts): Buffer {
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    ECDSA_WITH_SHA256,
    nameDer(parts.issuer),
    sequence(text(0x17, parts.notBefore), text(0x17, parts.notAfter)),
    nameDer(parts.subject),
    spki(parts.publicKey),
    ...(parts.extensions.length === 0 ? [] : [der(0xa3, extensionsDer(parts.extensions))]),
  );
  return signed(body, parts.signingKey);
}

export type RequestParts = Pick<CertificateParts, 'subject' | 'publicKey' | 'signingKey' | 'extensions'>;

export function makeRequest({ subject, publicKey, signingKey, extensions }: RequestParts): Buffer {
  const challenge = sequence(oid('1.2.840.113549.1.9.7'), der(0x31, text(0x0c, 'secret')));
  const wanted = sequence(oid('1.2.840.113549.1.9.14'), der(0x31, extensionsDer(extensions)));
  return signed(sequence(integer(0), nameDer(subject), spki(publicKey), der(0xa0, challenge, wanted)), signingKey);
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/gu, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
