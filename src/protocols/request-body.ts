/** The body of a request as text, bounded. */
import type { IncomingMessage } from 'node:http';

/** A question with its properties and context: far larger than any, and far below what the ledger keeps of one event. */
export const MAX_BODY_BYTES: number = 256 * 1024;

export type Body =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

const TOO_LARGE: Body = { kind: 'refused', status: 413, message: `the body has more than ${MAX_BODY_BYTES} bytes` };

/** Rejects when the caller goes away in the middle. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return TOO_LARGE;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return TOO_LARGE;
    chunks.push(chunk);
  }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { kind: 'refused', status: 400, message: 'the body is not UTF-8' };
  }
}
