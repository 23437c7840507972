/** Which words may name what: identifiers, reserved words, and paths such as `Shop::User`. */

/** Keywords of expressions: neither attributes (without quotes) nor types may be called so. */
const RESERVED: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'true',
  'false',
  'in',
  'is',
  'has',
  'like',
  // Cedar's own namespace, RFC 52.
  '__cedar',
]);

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/u;

export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}

/** Whether it can name an annotation, where keywords are names like any other. */
export function isWord(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** Whether it can stand as it is after a dot and as a field of a record. */
export function isIdentifier(text: string): boolean {
  return isWord(text) && !isReserved(text);
}

/** Whether it is a path of identifiers in its only spelling, without white space: the name of an entity type. */
export function isTypeName(text: string): boolean {
  return text.split('::').every(isIdentifier);
}

/** Actions are entities whose type is `Action`, in any namespace. */
export function isActionType(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action');
}
