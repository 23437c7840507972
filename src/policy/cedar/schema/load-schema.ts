/** A Cedar schema, in its text form or its JSON form, checked by cedar-wasm. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { sourceSpan } from '../../source-position.ts';
import { utf16Offsets } from './byte-offsets.ts';
import { parseCedarJson } from './cedar-json.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { placeOf, problemOf } from './detailed-error.ts';
import { askCedarWasm, type CedarWasm } from './load-cedar-wasm.ts';
import { resolveSchema, type SchemaJson } from './resolve-schema.ts';

/**
 * Takes the text form, or the JSON form as text or as value; accepts what Cedar accepts. `file` is how the place of a
 * problem names the text. Codes: `cedar/bad-schema`, those of `parseCedarJson`, `cedar/validator-failed`.
 */
export async function loadCedarSchema(
  schema: string | object,
  file = 'schema.cedarschema',
): Promise<Result<CedarSchema, readonly Problem[]>> {
  const source = sourceOf(schema, file);
  if (!source.ok) return err([source.problem]);
  const asked = await askCedarWasm((cedar) => askForJson(cedar, source.value));
  if (!asked.ok) return err([asked.problem]);
  if (asked.value.type === 'failure') return err(problemsOf(asked.value.errors, source.value, file));
  return ok(resolveSchema(asked.value.json as SchemaJson, source.value));
}

/** The text form as it is, the JSON form as a value of which nothing was lost and that cannot harm who reads it. */
function sourceOf(schema: string | object, file: string): Result<string | object> {
  const text = typeof schema === 'string' ? schema : jsonOf(schema);
  if (text === undefined) return err({ code: 'cedar/bad-schema', message: 'the schema is no JSON value' });
  if (/^\s*\{/u.test(text)) {
    const json = parseCedarJson(text, file);
    return json.ok ? ok(json.value as object) : json;
  }
  if (text.isWellFormed()) return ok(text);
  return err({ code: 'cedar/bad-text', message: `\`${file}\` has half a surrogate pair, which is no text of Unicode` });
}

function jsonOf(schema: object): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    // It contains itself, or a bigint.
    return undefined;
  }
}

type Answer = CedarWasm.SchemaToJsonAnswer;

/** Checked as a whole first: the conversion alone knows neither all mistakes nor all places. */
function askForJson(cedar: typeof CedarWasm, source: string | object): Answer {
  const checked = cedar.checkParseSchema(source as CedarWasm.Schema);
  if (checked.type === 'failure') return checked;
  if (typeof source === 'string') return cedar.schemaToJson(source);
  return { type: 'success', json: source as CedarWasm.SchemaJson<string>, warnings: [] };
}

function problemsOf(
  errors: readonly CedarWasm.DetailedError[],
  source: string | object,
  file: string,
): readonly Problem[] {
  const text = typeof source === 'string' ? source : '';
  const toUnits = utf16Offsets(text);
  return errors.flatMap(withRelated).map((error) => {
    const span = typeof source === 'string' ? placeOf(error, text, toUnits) : undefined;
    const problem = problemOf('cedar/bad-schema', error);
    return span === undefined ? problem : { ...problem, at: sourceSpan({ file, text }, span) };
  });
}

function withRelated(error: CedarWasm.DetailedError): readonly CedarWasm.DetailedError[] {
  return [error, ...(error.related ?? []).flatMap(withRelated)];
}
