/** The documents below `data` of a Rego layer: its `data.json` and `data.yaml` files, each at the path of its folder. */
import { locateYaml } from '../inventory/yaml-problems.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SourceSpan } from '../kernel/source-span.ts';
import { isJsonProblem, readJsonTree } from '../policy/cedar/parse/json-tree.ts';
import { readYaml } from '../policy/rego/builtins/yaml-reader.ts';
import { parseJson } from '../policy/rego/values/json.ts';
import { makeObject } from '../policy/rego/values/rego-map.ts';
import { isPlainObject, type PlainObject, type RegoValue } from '../policy/rego/values/value.ts';
import { type PolicySource, SourceText, sourceSpan } from '../policy/source-position.ts';

/** `path` is that of the file below the folder of the layer: `a/data.json` is `data.a`. */
export type DataFile = PolicySource & { readonly path: string };

/** What `data` has from us, so that no file may give it. */
export const OWN_DATA = 'countersign';

/** Codes: `rego/bad-data`, `rego/data-conflict`. */
export function readRegoData(files: readonly DataFile[]): Result<PlainObject, readonly Problem[]> {
  const problems: Problem[] = [];
  let data: PlainObject = {};
  for (const file of files) {
    const read = readDocument(file);
    if (!read.ok) {
      problems.push(...read.problem);
      continue;
    }
    const merged = merge(data, read.value, []);
    if (merged.ok) data = merged.value;
    else problems.push(conflict(file, merged.problem));
  }
  if (Object.hasOwn(data, OWN_DATA)) {
    const file = files.find((each) => each.text.includes(OWN_DATA) || each.path.startsWith(`${OWN_DATA}/`));
    const message = `\`data.${OWN_DATA}\` is given by the decision point, and not by files`;
    const hint = 'give the document another name';
    problems.push({
      code: 'rego/data-conflict',
      message,
      hint,
      ...(file === undefined ? {} : { at: beginningOf(file) }),
    });
  }
  return problems.length > 0 ? err(problems) : ok(data);
}

function readDocument(file: DataFile): Result<PlainObject, readonly Problem[]> {
  const isJson = file.path.endsWith('.json');
  const value = isJson ? parseJson(file.text) : readYaml(file.text);
  if (!value.ok) return err(isJson ? jsonProblems(file, value.problem) : yamlProblems(file, value.problem));
  if (!isPlainObject(value.value)) {
    const message = `\`${file.file}\` holds no object`;
    const hint = `its members become documents below \`${['data', ...pathOf(file)].join('.')}\``;
    return err([{ code: 'rego/bad-data', message, hint, at: beginningOf(file) }]);
  }
  return ok(
    pathOf(file).reduceRight<PlainObject>((inner, name) => makeObject([[name, inner]]) as PlainObject, value.value),
  );
}

function pathOf({ path }: DataFile): readonly string[] {
  return path.split('/').slice(0, -1);
}

/** The error is the path that both give. */
function merge(one: PlainObject, other: PlainObject, path: readonly string[]): Result<PlainObject, readonly string[]> {
  const members = new Map<string, RegoValue>(Object.entries(one));
  for (const [name, value] of Object.entries(other)) {
    const present = members.get(name);
    if (present === undefined) {
      members.set(name, value);
      continue;
    }
    const here = [...path, name];
    if (!isPlainObject(present) || !isPlainObject(value)) return err(here);
    const merged = merge(present, value, here);
    if (!merged.ok) return merged;
    members.set(name, merged.value);
  }
  return ok(makeObject(members) as PlainObject);
}

function conflict(file: DataFile, path: readonly string[]): Problem {
  const message = `\`${['data', ...path].join('.')}\` of \`${file.file}\` is given by another file as well`;
  return { code: 'rego/data-conflict', message, hint: 'give each document in one file', at: beginningOf(file) };
}

function jsonProblems(file: DataFile, message: string): readonly Problem[] {
  const tree = readJsonTree(file.text);
  if (!isJsonProblem(tree)) return [{ code: 'rego/bad-data', message, at: beginningOf(file) }];
  const at = sourceSpan(new SourceText(file.file, file.text), tree.span);
  return [{ code: 'rego/bad-data', message: tree.message, at }];
}

function yamlProblems(file: DataFile, message: string): readonly Problem[] {
  const located = locateYaml(file.file, file.text);
  if ('value' in located) return [{ code: 'rego/bad-data', message, at: beginningOf(file) }];
  return located.map((problem) => ({ ...problem, code: 'rego/bad-data' }));
}

function beginningOf({ file }: PolicySource): SourceSpan {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
