/** Whether the given data leave a place to a rule. */
import { isPlainObject, type RegoObject, type RegoValue } from '../values/value.ts';

/** True where a document stands at the path, or on the way to it something in which nothing can. */
export function isTaken(data: RegoObject, path: readonly string[]): boolean {
  let document: RegoValue = data;
  for (const name of path) {
    if (!isPlainObject(document)) return true;
    if (!Object.hasOwn(document, name)) return false;
    document = document[name] as RegoValue;
  }
  return true;
}
