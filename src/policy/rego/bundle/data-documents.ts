/** Data files as one document: each is mounted at its folder, and no two may say something of the same place. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { readYaml } from '../builtins/yaml-reader.ts';
import { parseJson } from '../values/json.ts';
import { setProperty } from '../values/rego-map.ts';
import { isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';
import { TOO_DEEP, withinStack } from './within-stack.ts';

/** `path`: where its value stands below `data`. */
export type DataFile = { readonly file: string; readonly path: readonly string[]; readonly value: RegoValue };

const DECODER = new TextDecoder();

/** JSON, and YAML where the name says so. A byte order mark is left out, as OPA leaves it out. */
export function parseData(file: string, bytes: Uint8Array): Result<RegoValue> {
  const text = DECODER.decode(bytes);
  const isYaml = /\.ya?ml$/u.test(file);
  const value = withinStack(() => (isYaml ? readYaml(text) : parseJson(text))) ?? err(TOO_DEEP);
  if (value.ok) return value;
  const message = `\`${file}\` is no ${isYaml ? 'YAML' : 'JSON'}: ${value.problem}`;
  return err({ code: 'rego-data/unreadable', message });
}

export function mergeData(files: readonly DataFile[]): Result<PlainObject, readonly Problem[]> {
  let merged: PlainObject = {};
  const problems: Problem[] = [];
  const seen: DataFile[] = [];
  for (const each of files) {
    const document = mounted(each);
    if (document === undefined) {
      const message = `\`${each.file}\` stands at the root of \`data\`, and holds no object`;
      problems.push({ code: 'rego-data/no-object', message, hint: 'put it into a folder, or into an object' });
      continue;
    }
    const before = merged;
    const more = withinStack(() => merge(before, document));
    if (more === undefined) {
      problems.push({ code: 'rego-data/unreadable', message: `\`${each.file}\` cannot be joined: ${TOO_DEEP}` });
    } else if (more.ok) {
      merged = more.value;
      seen.push(each);
    } else problems.push(conflict(each, seen, more.problem));
  }
  return problems.length > 0 ? err(problems) : ok(merged);
}

/** The whole of `data` as the file has it; undefined where that is no object. */
export function mounted({ path, value }: Omit<DataFile, 'file'>): PlainObject | undefined {
  let document = value;
  for (const name of path.toReversed()) {
    const object: { [key: string]: RegoValue } = {};
    setProperty(object, name, document);
    document = object;
  }
  return isPlainObject(document) ? document : undefined;
}

/** Objects are joined; anything else that stands in both is a conflict, whose path is the problem. */
export function merge(left: PlainObject, right: PlainObject): Result<PlainObject, readonly string[]> {
  const names = Object.keys(right);
  if (names.length === 0) return ok(left);
  const object: { [key: string]: RegoValue } = { ...left };
  for (const name of names) {
    const value = right[name] as RegoValue;
    if (!Object.hasOwn(left, name)) {
      setProperty(object, name, value);
      continue;
    }
    const present = left[name] as RegoValue;
    if (!isPlainObject(present) || !isPlainObject(value)) return err([name]);
    const both = merge(present, value);
    if (!both.ok) return err([name, ...both.problem]);
    setProperty(object, name, both.value);
  }
  return ok(object);
}

function conflict(file: DataFile, seen: readonly DataFile[], path: readonly string[]): Problem {
  const other = seen.findLast((each) => holds(each, path));
  const place = ['data', ...path].join('.');
  const message = `\`${file.file}\` gives \`${place}\`, which \`${other?.file ?? 'another file'}\` gives already`;
  return { code: 'rego-data/conflict', message, hint: 'a place below `data` has its value from one file' };
}

function holds({ path, value }: DataFile, wanted: readonly string[]): boolean {
  let document: RegoValue | undefined = value;
  for (const [depth, name] of wanted.entries()) {
    if (depth < path.length) {
      if (path[depth] !== name) return false;
    } else {
      if (!isPlainObject(document as RegoValue) || !Object.hasOwn(document as PlainObject, name)) return false;
      document = (document as PlainObject)[name];
    }
  }
  return true;
}
