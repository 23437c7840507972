/** Values as explanations show them: as Rego writes them, cut short, and without what looks like a secret. */
import { entriesOf } from '../values/access.ts';
import { makeObject } from '../values/rego-map.ts';
import { toText } from '../values/text.ts';
import { isArray, isObject, type RegoValue } from '../values/value.ts';
import { MAX_TEXT } from './limits.ts';

const SECRET = /passw|secret|token|credential|authorization|cookie|api[-_]?key|private[-_]?key/iu;

export function isCalledSecret(name: string): boolean {
  return SECRET.test(name);
}

export type IsSecret = (name: string) => boolean;

export function shownValue(value: RegoValue | undefined, isSecret: IsSecret): string {
  return value === undefined ? 'undefined' : shortened(toText(withoutSecrets(value, isSecret)));
}

/** On one line. */
export function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  if (line.length <= MAX_TEXT) return line;
  return `${line.slice(0, MAX_TEXT).toWellFormed()}…`;
}

/** Members of sets have no names, and stay. */
function withoutSecrets(value: RegoValue, isSecret: IsSecret): RegoValue {
  if (isArray(value)) return value.map((element) => withoutSecrets(element, isSecret));
  if (!isObject(value)) return value;
  return makeObject(
    entriesOf(value).map(([key, each]) => {
      return [key, typeof key === 'string' && isSecret(key) ? '***' : withoutSecrets(each, isSecret)] as const;
    }),
  );
}
