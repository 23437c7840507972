/** What a JavaScript value is as JSON, for readers that take nothing on trust. */

/** As JSON.parse or a literal makes it, of any realm; not an array, a date, a map or an instance of a class. */
export function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The object's own property, never that of its prototype; `otherwise` where it has none, or `undefined`. */
export function ownProperty(object: { readonly [name: string]: unknown }, name: string, otherwise?: unknown): unknown {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return value === undefined ? otherwise : value;
}

/** With its article, for messages. */
export function typeOfJson(json: unknown): string {
  switch (typeof json) {
    case 'boolean':
      return 'a boolean';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'string':
      return 'a string';
    case 'undefined':
      return '`undefined`';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      if (json === null) return '`null`';
      if (Array.isArray(json)) return 'an array';
      if (!isPlainObject(json)) return 'an instance of a class';
      return Object.hasOwn(json, '__extn') ? 'an extension value' : 'an object';
  }
}
