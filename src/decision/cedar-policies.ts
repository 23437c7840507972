/** The Cedar files of a policy folder, compiled: policies, at most one schema, and the entities that they speak of. */
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { SourceSpan } from '../kernel/source-span.ts';
import { type CedarPolicySet, compileCedar } from '../policy/cedar/compile.ts';
import { isJsonProblem, readJsonTree } from '../policy/cedar/parse/json-tree.ts';
import { SourceText, sourceSpan } from '../policy/source-position.ts';
import { parseCedarJson } from '../policy/cedar/schema/cedar-json.ts';
import type { CedarSchema } from '../policy/cedar/schema/cedar-schema.ts';
import { loadCedarSchema } from '../policy/cedar/schema/load-schema.ts';
import { type EntityJson, EntityStore } from '../policy/cedar/store/entity-store.ts';

export type CedarFile = {
  readonly language: 'cedar' | 'cedar-schema' | 'cedar-entities';
  readonly file: string;
  readonly text: string;
};

type EntitiesOfFile = { readonly file: string; readonly text: string; readonly entities: readonly EntityJson[] };

/**
 * Undefined when there are none. Policies are called by their `@id`, and a forbid that errs denies. Every problem comes
 * with its place, as far as one is known. Codes: `cedar/…`.
 */
export async function compileCedarFiles(
  files: readonly CedarFile[],
): Promise<Result<CedarPolicySet | undefined, readonly Problem[]>> {
  if (files.length === 0) return ok(undefined);
  const schema = await schemaOf(files.filter(({ language }) => language === 'cedar-schema'));
  if (!schema.ok) return schema;
  const entities = storeOf(
    files.filter(({ language }) => language === 'cedar-entities'),
    schema.value,
  );
  const compiled = await compileCedar({
    policies: files.filter(({ language }) => language === 'cedar').map(({ file, text }) => ({ file, text })),
    ids: 'annotation',
    forbidErrors: 'deny',
    ...(schema.value === undefined ? {} : { schema: schema.value }),
    // What is wrong with the policies is told beside what is wrong with the entities.
    ...(entities.ok ? { entities: entities.value } : {}),
  });
  const problems = [...(entities.ok ? [] : entities.problem), ...(compiled.ok ? [] : compiled.problem)];
  return problems.length > 0 ? err(problems) : compiled;
}

async function schemaOf(files: readonly CedarFile[]): Promise<Result<CedarSchema | undefined, readonly Problem[]>> {
  const [first, second] = files;
  if (first === undefined) return ok(undefined);
  if (second !== undefined) {
    const message = `\`${second.file}\` is a second Cedar schema, beside \`${first.file}\``;
    const hint = 'a folder of policies has one schema: put both into one file';
    return err([{ code: 'cedar/several-schemas', message, hint, at: beginningOf(second.file) }]);
  }
  const loaded = await loadCedarSchema(first.text, first.file);
  return loaded.ok ? loaded : err(loaded.problem.map((problem) => ({ at: beginningOf(first.file), ...problem })));
}

function storeOf(
  files: readonly CedarFile[],
  schema: CedarSchema | undefined,
): Result<EntityStore, readonly Problem[]> {
  const read = files.map(readEntities);
  const problems = read.flatMap((each) => (each.ok ? [] : [each.problem]));
  if (problems.length > 0) return err(problems);
  const parts = read.flatMap((each) => (each.ok ? [each.value] : []));
  const store = emptyStore(schema);
  const put = store.put(parts.flatMap(({ entities }) => entities));
  if (put.ok) return ok(store);
  const located = parts.flatMap((part) => problemsOfEach(part, schema));
  // What shows only when all are seen together (a cycle, an entity given twice) has no place of its own.
  const at = parts.length === 1 && parts[0] !== undefined ? { at: beginningOf(parts[0].file) } : {};
  return err(located.length > 0 ? located : put.problem.map((problem) => ({ ...at, ...problem })));
}

function emptyStore(schema: CedarSchema | undefined): EntityStore {
  return new EntityStore(schema === undefined ? {} : { schema });
}

function readEntities({ file, text }: CedarFile): Result<EntitiesOfFile> {
  const json = parseCedarJson(text, file);
  if (!json.ok) return err({ at: beginningOf(file), ...json.problem });
  if (Array.isArray(json.value)) return ok({ file, text, entities: json.value as EntityJson[] });
  const message = `\`${file}\` is not a list of entities`;
  const hint = 'write `[{ "uid": { "type": "User", "id": "alice" }, "attrs": {}, "parents": [] }]`';
  return err({ code: 'cedar/bad-entities', message, hint, at: beginningOf(file) });
}

/** Each entity by itself, so that what is wrong with one can be shown where it stands. */
function problemsOfEach({ file, text, entities }: EntitiesOfFile, schema: CedarSchema | undefined): Problem[] {
  const tree = readJsonTree(text);
  const nodes = isJsonProblem(tree) || tree.kind !== 'array' ? [] : tree.elements;
  const source = new SourceText(file, text);
  const store = emptyStore(schema);
  return entities.flatMap((entity, index) => {
    const put = store.put([entity]);
    const span = nodes[index]?.span;
    const at = span === undefined ? beginningOf(file) : sourceSpan(source, span);
    return put.ok ? [] : put.problem.map((problem) => ({ ...problem, at }));
  });
}

function beginningOf(file: string): SourceSpan {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
