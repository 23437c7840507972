/** Clauses in words: what a rule wants, and what the request has instead. */
import type { MeshRequest } from './mesh-request.ts';
import { type Attribute, type Clause, isHttpOnly } from './policy.ts';
import { quote, quoteList } from './quote.ts';

/** `POST`, on `/charges`, from namespace `shop`, not at host `a.example`. */
function wantedOf({ attribute, negated, values }: Clause): string {
  const texts = values.map(({ value }) => value);
  const words = `${PLACE[attribute]}${quoteList(texts)}`;
  return negated ? `not ${words}` : words;
}

/** The clauses of a rule together, as what it allows or denies. */
export function wantedOfAll(clauses: readonly Clause[]): string {
  if (clauses.length === 0) return 'everything';
  const words = clauses.map(wantedOf).join(' ');
  return clauses[0]?.attribute === 'method' && !clauses[0].negated ? words : `requests ${words}`;
}

/** In the same words, what the request is where these clauses look. */
export function actualOf(clauses: readonly Clause[], request: MeshRequest): string {
  const missing = clauses.filter(({ attribute }) => isHttpOnly(attribute) && request.http === undefined);
  const words = clauses
    .filter((clause) => !missing.includes(clause))
    .map(({ attribute }) => actualWords(attribute, request));
  const fields = new Set(missing.map(({ field }) => field));
  if (fields.size > 0) words.unshift(`TCP, which has no ${quoteList([...fields])},`);
  return [...new Set(words)].join(' ').replace(/,$/u, '');
}

function actualWords(attribute: Attribute, request: MeshRequest): string {
  const actual = valueOf(attribute, request);
  if (actual === undefined) return NOTHING[attribute] ?? 'without it';
  return `${PLACE_OF_ACTUAL[attribute] ?? PLACE[attribute]}${quote(actual)}`;
}

const PLACE: Readonly<Record<Attribute, string>> = {
  principal: 'from ',
  namespace: 'from namespace ',
  serviceAccount: 'from service account ',
  trustDomain: 'from trust domain ',
  sourceIp: 'from address ',
  port: 'to port ',
  sni: 'with server name ',
  method: '',
  path: 'on ',
  host: 'at host ',
};

/** A namespace and a service account are read out of the identity, which is what there is to show. */
const PLACE_OF_ACTUAL: Partial<Readonly<Record<Attribute, string>>> = {
  namespace: 'from ',
  serviceAccount: 'from ',
  trustDomain: 'from ',
};

const NOTHING: Partial<Readonly<Record<Attribute, string>>> = {
  principal: 'from a caller without a verified identity',
  namespace: 'from a caller without a verified identity',
  serviceAccount: 'from a caller without a verified identity',
  trustDomain: 'from a caller without a verified identity',
  sni: 'without a server name',
};

function valueOf(attribute: Attribute, request: MeshRequest): string | undefined {
  switch (attribute) {
    case 'principal':
    case 'namespace':
    case 'serviceAccount':
    case 'trustDomain':
      // As policies write it.
      return request.principal?.replace(/^spiffe:\/\//u, '');
    case 'sourceIp':
      return request.sourceIp;
    case 'port':
      return String(request.destinationPort);
    case 'sni':
      return request.sni;
    case 'method':
      return request.http?.method;
    case 'path':
      return request.http?.path;
    case 'host':
      return request.http?.host;
  }
}
