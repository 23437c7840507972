/** The cases of a test such as `test_allow[case.note]`: what each solution of the rule is named, and which hold. */
import { entriesOf, listOf } from '../values/access.ts';
import { toText } from '../values/text.ts';
import { isObject, type RegoValue } from '../values/value.ts';

export type CaseResult = { readonly name: string; readonly passed: boolean };

/**
 * `value`: what the rule gave, an object as deep as there are names in its head; `begun`: lists of names, one list for
 * each case that was begun. A case without a value did not hold.
 */
export function casesOf(
  value: RegoValue | undefined,
  begun: readonly RegoValue[],
  depth: number,
): readonly CaseResult[] {
  const cases = new Map<string, boolean>();
  for (const names of begun) cases.set((listOf(names) ?? []).map(nameOf).join('/'), false);
  const walk = (document: RegoValue | undefined, names: readonly string[]): void => {
    if (document !== undefined && isObject(document) && names.length < depth) {
      for (const [key, child] of entriesOf(document)) walk(child, [...names, nameOf(key)]);
    } else if (names.length > 0) cases.set(names.join('/'), document === true);
  };
  walk(value, []);
  return [...cases].map(([name, passed]) => ({ name, passed })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(key: RegoValue): string {
  return typeof key === 'string' ? key : toText(key);
}
