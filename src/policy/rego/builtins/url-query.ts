/** Query strings of URLs, as Go's `net/url` writes and reads them. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { bytesOfText, textOfBytes } from '../values/bytes.ts';
import { quote } from '../values/text.ts';

const UNRESERVED = /^[A-Za-z0-9_.~-]*$/;

export function escapeQuery(text: string): string {
  if (UNRESERVED.test(text)) return text;
  let escaped = '';
  for (const byte of bytesOfText(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) escaped += '+';
    else if (UNRESERVED.test(character)) escaped += character;
    else escaped += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

export function unescapeQuery(text: string): Result<string, string> {
  if (!/[%+]/.test(text)) return ok(text);
  const source = bytesOfText(text);
  const bytes: number[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const byte = source[at] ?? 0;
    if (byte !== 0x25) {
      bytes.push(byte === 0x2b ? 0x20 : byte);
      continue;
    }
    const pair = String.fromCharCode(...source.subarray(at + 1, at + 3));
    if (!/^[0-9A-Fa-f]{2}$/.test(pair)) {
      return err(`invalid URL escape ${quote(textOfBytes(source.subarray(at, at + 3)))}`);
    }
    bytes.push(Number.parseInt(pair, 16));
    at += 2;
  }
  return ok(textOfBytes(Uint8Array.from(bytes)));
}

/** Every name with all its values, or the first problem. */
export function parseQuery(text: string): Result<Map<string, string[]>, string> {
  const found = new Map<string, string[]>();
  for (const part of text.split('&')) {
    if (part.includes(';')) return err('invalid semicolon separator in query');
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = unescapeQuery(equals < 0 ? part : part.slice(0, equals));
    if (!name.ok) return name;
    const value = unescapeQuery(equals < 0 ? '' : part.slice(equals + 1));
    if (!value.ok) return value;
    const values = found.get(name.value);
    if (values === undefined) found.set(name.value, [value.value]);
    else values.push(value.value);
  }
  return ok(found);
}
