// Asks Countersign whether somebody may do something: OpenID AuthZEN's question, over a socket that knows who asks.
import { request } from 'node:http';

/** Resolves to `{ decision, context: { id } }`; rejects when there is no answer, and then nothing may be done. */
export function ask(question) {
  return new Promise((resolve, reject) => {
    const socketPath = process.env.COUNTERSIGN_ACCESS_SOCKET;
    const headers = { 'content-type': 'application/json' };
    const call = request({ socketPath, path: '/access/v1/evaluation', method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`no decision: ${response.statusCode} ${text}`));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(question));
  });
}
