// A certificate for any SPIFFE ID, from an authority that nobody trusts: what anyone can make.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MILLISECONDS = 3_600_000;

export async function forgeCertificate(id) {
  x509.cryptoProvider.set(webcrypto);
  const authority = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const validity = {
    notBefore: new Date(Date.now() - HOUR_MILLISECONDS),
    notAfter: new Date(Date.now() + HOUR_MILLISECONDS),
  };
  const leaf = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: '01',
    subject: 'O=Nobody',
    issuer: 'O=Shop Authority, honestly',
    publicKey: own.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: id }]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
  return { certificate: leaf.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
