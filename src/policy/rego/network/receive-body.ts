/** A body of bounded size, unpacked if it came packed. */
import type { IncomingResponse } from './transport.ts';

/** More came than may be kept. */
export class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`response body is larger than ${maxBytes} bytes`);
    this.name = 'TooLarge';
  }
}

/** Rejects with `TooLarge`, or as the body does. The limit is of what is unpacked: a small body may unpack to a huge one. */
export async function receiveBody(
  body: IncomingResponse['body'],
  { isGzip, maxBytes }: { readonly isGzip: boolean; readonly maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of isGzip ? unpacked(body) : body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new TooLarge(maxBytes);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

async function* unpacked(body: IncomingResponse['body']): AsyncGenerator<Uint8Array> {
  const packed = ReadableStream.from(body) as ReadableStream<Uint8Array<ArrayBuffer>>;
  for await (const chunk of packed.pipeThrough(new DecompressionStream('gzip'))) yield chunk as Uint8Array;
}
