/** Reads a `.tar.gz` as it is: what some suites come as, and what is not to be unpacked into a working tree. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** POSIX.1-2017 pax, "ustar Interchange Format": headers and contents fill whole blocks. */
const BLOCK_BYTES = 512;
const NAME = { start: 0, end: 100 };
const SIZE = { start: 124, end: 136 };
const CHECKSUM = { start: 148, end: 156 };
const KIND = 156;
const PREFIX = { start: 345, end: 500 };
const FOLDER = '5';

/** The texts of the regular files, by path; throws at anything else than files and folders, or a damaged header. */
export function readTarGz(path: string): ReadonlyMap<string, string> {
  const archive = gunzipSync(readFileSync(path));
  const files = new Map<string, string>();
  let at = 0;
  // The archive ends with blocks of zeros.
  while (at + BLOCK_BYTES <= archive.length && archive[at] !== 0) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    verifyChecksum(header, at);
    const kind = String.fromCharCode(header[KIND] ?? 0);
    const [prefix, name, size] = [text(header, PREFIX), text(header, NAME), octal(header, SIZE)];
    const start = at + BLOCK_BYTES;
    if (start + size > archive.length) throw new Error(`\`${name}\` is cut off`);
    if (kind === '0' || kind === '\0') {
      files.set(prefix === '' ? name : `${prefix}/${name}`, archive.toString('utf8', start, start + size));
    } else if (kind !== FOLDER) throw new Error(`\`${name}\` is of the kind \`${kind}\`, which is not read`);
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}

type Field = { readonly start: number; readonly end: number };

/** The bytes up to a NUL, or all. */
function text(header: Buffer, { start, end }: Field): string {
  const bytes = header.subarray(start, end);
  const nul = bytes.indexOf(0);
  return bytes.toString('utf8', 0, nul === -1 ? bytes.length : nul);
}

function octal(header: Buffer, field: Field): number {
  const digits = text(header, field).trim();
  if (!/^[0-7]+$/u.test(digits)) throw new Error(`\`${digits}\` is not an octal number`);
  return Number.parseInt(digits, 8);
}

/** The sum of the header's bytes, with spaces where the sum itself stands. */
function verifyChecksum(header: Buffer, at: number): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) {
    sum += index >= CHECKSUM.start && index < CHECKSUM.end ? 0x20 : byte;
  }
  if (sum !== octal(header, CHECKSUM)) throw new Error(`the header at byte ${at} is damaged`);
}
