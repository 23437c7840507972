/** Connects, hands the connection to a child that asks for an SVID over it, and ends when it is told. */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, Socket } from 'node:net';

const [path = '', role = 'parent'] = process.argv.slice(2);

function say(value: Readonly<Record<string, unknown>>): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

if (role === 'parent') {
  const socket = connect(path, () => {
    const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const file = new URL(import.meta.url).pathname;
    // The orphan writes to the same output; it is told by the end of its input that its parent is gone.
    spawn(process.execPath, [file, path, 'orphan'], { stdio: ['pipe', 'inherit', 'inherit', fd] });
  });
  process.stdin.on('data', () => process.exit());
} else {
  process.stdin.resume().on('end', () => {
    const socket = new Socket({ fd: 3 });
    socket.on('error', () => {});
    socket.on('close', () => {
      say({ kind: 'closed' });
      process.exit();
    });
    const session = connectHttp2('http://localhost', { createConnection: () => socket });
    session.on('error', () => {});
    const stream = session.request({
      ':method': 'POST',
      ':path': '/SpiffeWorkloadAPI/FetchX509SVID',
      'content-type': 'application/grpc',
      te: 'trailers',
      'workload.spiffe.io': 'true',
    });
    stream.on('error', () => {});
    stream.on('data', () => say({ kind: 'answered' }));
    stream.end(Buffer.alloc(5));
  });
  say({ kind: 'inherited' });
}
