/** Distinguished names (RFC 5280 §4.1.2.4). */
import { DerReader, latinText, TAG, type Fault } from './der.ts';

export type NameAttribute = { readonly type: readonly number[]; readonly value: string };

export function parseName(bytes: Uint8Array, fault: Fault, part: string): readonly NameAttribute[] {
  const attributes: NameAttribute[] = [];
  const sequence = new DerReader(bytes, fault, part).enter(TAG.sequence);
  while (!sequence.isEmpty) {
    const set = sequence.enter(TAG.set);
    while (!set.isEmpty) {
      const attribute = set.enter(TAG.sequence);
      const type = attribute.oid();
      const { tag, content } = attribute.readAny();
      const value = textOf(tag, content);
      if (value === undefined) attribute.fail('x509: invalid RDNSequence: invalid attribute value');
      else attributes.push({ type, value });
    }
  }
  return attributes;
}

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/u;

/** Undefined: not a string type that names have, or not what the type says. */
function textOf(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case TAG.utf8String:
      return decode(content, 'utf-8');
    case TAG.printableString: {
      const text = latinText(content);
      return PRINTABLE.test(text) ? text : undefined;
    }
    case TAG.t61String:
      return latinText(content);
    case TAG.ia5String:
      return content.every((byte) => byte < 0x80) ? latinText(content) : undefined;
    case TAG.numericString: {
      const text = latinText(content);
      return /^[0-9 ]*$/u.test(text) ? text : undefined;
    }
    case TAG.bmpString: {
      const text = content.length % 2 === 0 ? decode(content, 'utf-16be') : undefined;
      return text?.replace(/\0$/u, '');
    }
    default:
      return undefined;
  }
}

function decode(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16be'): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
