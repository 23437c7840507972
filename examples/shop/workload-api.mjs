// The SPIFFE Workload API with nothing but node:http2: one gRPC call, and the four fields that are needed of its answer.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';

/** The fields of a protobuf message: number to the bytes of each occurrence. Only length-delimited fields occur here. */
function fields(message) {
  const found = new Map();
  for (let at = 0; at < message.length;) {
    const number = message[at++] >> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    found.set(number, [...(found.get(number) ?? []), message.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

/** The certificates of a concatenation of DER certificates. */
function certificates(der) {
  const found = [];
  for (let at = 0; at < der.length;) {
    const certificate = new X509Certificate(der.subarray(at));
    found.push(certificate);
    at += certificate.raw.length;
  }
  return found;
}

/** The identity that the platform gives to this process, whoever it is. */
export function fetchSvid() {
  const path = new URL(process.env.SPIFFE_ENDPOINT_SOCKET).pathname;
  const session = connect('http://localhost', { createConnection: () => connectSocket(path) });
  const call = session.request({
    ':method': 'POST',
    ':path': '/SpiffeWorkloadAPI/FetchX509SVID',
    'content-type': 'application/grpc',
    te: 'trailers',
    'workload.spiffe.io': 'true',
  });
  call.end(Buffer.alloc(5)); // an empty message: no compression, length 0
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    call.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 5 || received.length < 5 + received.readUInt32BE(1)) return;
      const svid = fields(fields(received.subarray(5)).get(1)[0]);
      const chain = certificates(svid.get(2)[0]);
      resolve({
        id: svid.get(1)[0].toString(),
        certificate: chain.map(String).join(''),
        key: createPrivateKey({ key: svid.get(3)[0], format: 'der', type: 'pkcs8' }).export({
          format: 'pem',
          type: 'pkcs8',
        }),
        notAfter: Date.parse(chain[0].validTo),
      });
      session.destroy();
    });
    call.on('error', reject);
    session.on('error', reject);
    call.on('end', () => reject(new Error('the Workload API gave no identity')));
  });
}
