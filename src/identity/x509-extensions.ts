/** The extensions of a certificate that matter to an SVID (RFC 5280 §4.2.1), read strictly. */
import { CONSTRUCTED, CONTEXT, TAG } from './der.ts';
import { DerError, type DerReader } from './der-reader.ts';
import { GENERAL_NAME, OID } from './x509-names.ts';

export type Extensions = {
  /** RFC 5280 §4.2.1.9; undefined is the same as `isCa: false`. */
  readonly basicConstraints: { readonly isCa: boolean; readonly pathLength: number | undefined } | undefined;
  /** `bits`: bit n of the number is bit n of RFC 5280 §4.2.1.3. */
  readonly keyUsage: { readonly bits: number; readonly critical: boolean } | undefined;
  /** Object identifiers of purposes; undefined when the extension is absent. */
  readonly extKeyUsage: readonly string[] | undefined;
  /** The URIs of the subject alternative name as they are written; other kinds of names are counted only. */
  readonly uris: readonly string[];
  readonly otherNames: number;
  readonly subjectAltNameIsCritical: boolean;
  readonly subjectKeyId: Uint8Array | undefined;
  readonly authorityKeyId: Uint8Array | undefined;
  /** Name constraints are refused by the rules and not read: ignoring them would widen what their author allowed. */
  readonly hasNameConstraints: boolean;
  /** Object identifiers of the critical extensions that are not understood here. */
  readonly unknownCritical: readonly string[];
};

type Draft = { -readonly [Key in keyof Extensions]: Extensions[Key] };

export const NO_EXTENSIONS: Extensions = {
  basicConstraints: undefined,
  keyUsage: undefined,
  extKeyUsage: undefined,
  uris: [],
  otherNames: 0,
  subjectAltNameIsCritical: false,
  subjectKeyId: undefined,
  authorityKeyId: undefined,
  hasNameConstraints: false,
  unknownCritical: [],
};

/** @throws DerError */
export function readExtensions(list: DerReader): Extensions {
  const draft: Draft = { ...NO_EXTENSIONS };
  const seen = new Set<string>();
  if (list.atEnd) throw new DerError('the list of extensions is empty');
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const id = extension.oid();
    // DER leaves a default out, but authorities that write `critical: false` are too common to refuse, and it is clear.
    const critical = extension.peek() === TAG.boolean && extension.boolean();
    const value = extension.enter(TAG.octetString);
    extension.end();
    if (seen.has(id)) throw new DerError(`extension ${id} stands twice`);
    seen.add(id);
    readOne(draft, id, critical, value);
  }
  return draft;
}

function readOne(draft: Draft, id: string, critical: boolean, value: DerReader): void {
  switch (id) {
    case OID.basicConstraints:
      draft.basicConstraints = readBasicConstraints(value);
      break;
    case OID.keyUsage:
      draft.keyUsage = { bits: value.namedBits(), critical };
      break;
    case OID.extKeyUsage:
      draft.extKeyUsage = readPurposes(value.enter(TAG.sequence));
      break;
    case OID.subjectAltName:
      draft.subjectAltNameIsCritical = critical;
      readAltNames(draft, value.enter(TAG.sequence));
      break;
    case OID.subjectKeyIdentifier:
      draft.subjectKeyId = value.content(TAG.octetString);
      break;
    case OID.authorityKeyIdentifier:
      draft.authorityKeyId = readAuthorityKeyId(value.enter(TAG.sequence));
      break;
    case OID.nameConstraints:
      draft.hasNameConstraints = true;
      return;
    default:
      if (critical) draft.unknownCritical = [...draft.unknownCritical, id];
      return;
  }
  value.end();
}

function readBasicConstraints(value: DerReader): Extensions['basicConstraints'] {
  const fields = value.enter(TAG.sequence);
  const isCa = fields.peek() === TAG.boolean && fields.boolean();
  const pathLength = fields.peek() === TAG.integer ? fields.smallInteger() : undefined;
  fields.end();
  return { isCa, pathLength };
}

function readPurposes(list: DerReader): string[] {
  const purposes = [list.oid()];
  while (!list.atEnd) purposes.push(list.oid());
  return purposes;
}

function readAltNames(draft: Draft, names: DerReader): void {
  const uris: string[] = [];
  if (names.atEnd) throw new DerError('the subject alternative name is empty');
  while (!names.atEnd) {
    const tag = names.peek() ?? 0;
    const isKnown = (tag & ~(CONSTRUCTED | 0x1f)) === CONTEXT && (tag & 0x1f) <= GENERAL_NAME.last;
    if (!isKnown) throw new DerError('the subject alternative name holds something that is no name');
    const content = names.content(tag);
    // A constructed encoding of a URI would be skipped here and found by another reader: refused, not skipped.
    if (tag === (CONTEXT | CONSTRUCTED | GENERAL_NAME.uri)) throw new DerError('a URI has the primitive form');
    if (tag !== (CONTEXT | GENERAL_NAME.uri)) draft.otherNames += 1;
    // Latin-1 keeps every byte apart, so that what is not ASCII fails the check of the characters of a SPIFFE ID.
    else uris.push(Buffer.from(content).toString('latin1'));
  }
  draft.uris = uris;
}

/** RFC 5280 §4.2.1.1: the key identifier [0] alone matters; issuer [1] and serial [2] may follow it. */
function readAuthorityKeyId(fields: DerReader): Uint8Array | undefined {
  const keyId = fields.peek() === CONTEXT ? fields.content(CONTEXT) : undefined;
  if (fields.peek() === (CONTEXT | CONSTRUCTED | 1)) fields.content(CONTEXT | CONSTRUCTED | 1);
  if (fields.peek() === (CONTEXT | 2)) fields.content(CONTEXT | 2);
  fields.end();
  return keyId;
}
