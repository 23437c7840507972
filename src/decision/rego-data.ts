/** The documents below `data` of a Rego layer: its `data.json` and `data.yaml` files, each at the path of its folder. */
import { locateYaml } from '../inventory/yaml-problems.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SourceSpan } from '../kernel/source-span.ts';
import { isJsonProblem, readJsonTree } from '../policy/cedar/parse/json-tree.ts';
import { readYaml } from '../policy/rego/builtins/yaml-reader.ts';
import { merge, mounted } from '../policy/rego/bundle/data-documents.ts';
import { parseJson } from '../policy/rego/values/json.ts';
import type { PlainObject } from '../policy/rego/values/value.ts';
import { type PolicySource, SourceText, sourceSpan } from '../policy/source-position.ts';

/** `path` is that of the file below the folder of the layer: `a/data.json` is `data.a`. */
export type DataFile = PolicySource & { readonly path: string };

/** What `data` has from us, so that no file may give it. */
export const OWN_DATA = 'countersign';

/** Codes: `rego-data/unreadable`, `/no-object`, `/conflict`. */
export function readRegoData(files: readonly DataFile[]): Result<PlainObject, readonly Problem[]> {
  const problems: Problem[] = [];
  let data: PlainObject = {};
  for (const file of files) {
    const document = readDocument(file);
    if (!document.ok) {
      problems.push(...document.problem);
      continue;
    }
    const merged = Object.hasOwn(document.value, OWN_DATA) ? err([OWN_DATA]) : merge(data, document.value);
    if (merged.ok) data = merged.value;
    else problems.push(conflict(file, merged.problem));
  }
  return problems.length > 0 ? err(problems) : ok(data);
}

function readDocument(file: DataFile): Result<PlainObject, readonly Problem[]> {
  const isJson = file.path.endsWith('.json');
  const value = isJson ? parseJson(file.text) : readYaml(file.text);
  if (!value.ok) return err(isJson ? jsonProblems(file, value.problem) : yamlProblems(file, value.problem));
  const document = mounted({ path: file.path.split('/').slice(0, -1), value: value.value });
  if (document !== undefined) return ok(document);
  const message = `\`${file.file}\` stands at the root of \`data\`, and holds no object`;
  const hint = 'put it into a folder, or into an object';
  return err([{ code: 'rego-data/no-object', message, hint, at: beginningOf(file) }]);
}

function conflict(file: DataFile, path: readonly string[]): Problem {
  const own = path[0] === OWN_DATA;
  const place = ['data', ...path].join('.');
  const message = `\`${file.file}\` gives \`${place}\`, which ${own ? 'the decision point' : 'another file'} gives already`;
  const hint = own ? 'give the document another name' : 'a place below `data` has its value from one file';
  return { code: 'rego-data/conflict', message, hint, at: beginningOf(file) };
}

function jsonProblems(file: DataFile, message: string): readonly Problem[] {
  const tree = readJsonTree(file.text);
  if (!isJsonProblem(tree)) return [{ code: 'rego-data/unreadable', message, at: beginningOf(file) }];
  const at = sourceSpan(new SourceText(file.file, file.text), tree.span);
  return [{ code: 'rego-data/unreadable', message: tree.message, at }];
}

function yamlProblems(file: DataFile, message: string): readonly Problem[] {
  const located = locateYaml(file.file, file.text);
  if ('value' in located) return [{ code: 'rego-data/unreadable', message, at: beginningOf(file) }];
  return located.map((problem) => ({ ...problem, code: 'rego-data/unreadable' }));
}

function beginningOf({ file }: PolicySource): SourceSpan {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
