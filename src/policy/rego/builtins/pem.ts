/** Blocks of RFC 7468: what lies between `-----BEGIN` and `-----END`. */
import { decodeBase64 } from './base64.ts';

export type PemBlock = {
  /** As in `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array;
  /** What follows the block. */
  readonly rest: string;
};

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';

/** The first well-formed block, with whatever stands before it passed over; undefined when there is none. */
export function decodePem(text: string): PemBlock | undefined {
  for (let from = 0; ;) {
    const begin = findLine(text, BEGIN, from);
    const end = begin === -1 ? -1 : text.indexOf(END, begin);
    if (begin === -1 || end === -1) return undefined;
    // Another block that begins before this one ends: this one has no end.
    const last = Math.max(begin, text.lastIndexOf(`\n${BEGIN}`, end) + 1);
    const block = decodeBlock(text, last, end);
    if (block !== undefined) return block;
    from = end + END.length;
  }
}

/** Where a line begins with `start`. */
function findLine(text: string, start: string, from: number): number {
  if (from === 0 && text.startsWith(start)) return 0;
  const at = text.indexOf(`\n${start}`, Math.max(from - 1, 0));
  return at === -1 ? -1 : at + 1;
}

function decodeBlock(text: string, begin: number, end: number): PemBlock | undefined {
  const lineEnd = text.indexOf('\n', begin);
  if (lineEnd === -1 || lineEnd > end) return undefined;
  const line = text.slice(begin + BEGIN.length, lineEnd).trimEnd();
  if (!line.endsWith(DASHES)) return undefined;
  const label = line.slice(0, -DASHES.length);
  const tail = `${label}${DASHES}`;
  if (!text.startsWith(tail, end + END.length)) return undefined;
  const after = end + END.length + tail.length;
  const nextLine = text.indexOf('\n', after);
  const stop = nextLine === -1 ? text.length : nextLine + 1;
  if (text.slice(after, stop).trim() !== '') return undefined;
  const bytes = decodeBase64(bodyOf(text.slice(lineEnd + 1, end)), 'standard');
  return typeof bytes === 'string' ? undefined : { label, bytes, rest: text.slice(stop) };
}

/** Without headers (RFC 1421 §4.6), which end with an empty line, and without spaces. */
function bodyOf(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.includes(':'));
  return lines
    .slice(Math.max(first, 0))
    .join('')
    .replaceAll(/[ \t\r]/gu, '');
}
