/** Validation of policies against a schema: strict, by cedar-wasm, and of levels, by us. */
import type { Problem } from '../../../kernel/problem.ts';
import { MAX_PROBLEMS } from '../limits.ts';
import type { ParsedPolicies } from '../parse/parse-policies.ts';
import { sourceSpan } from '../../source-position.ts';
import type { CedarSchema } from './cedar-schema.ts';
import { problemOf } from './detailed-error.ts';
import { askCedarWasm, type CedarWasm } from './load-cedar-wasm.ts';
import { policySetOf, type Submission, submissionsOf, Submitted, withShortChains } from './submission.ts';
import { validateLevel } from './validate-level.ts';

export type ValidateOptions = {
  /** How many entities an expression may go through, one after another, to reach data (Cedar RFC 76). Default: any. */
  readonly level?: number;
};

/** At most `MAX_PROBLEMS` each, in the order of the texts. */
export type Validated = { readonly errors: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Problems of static policies, templates and links, at their places. Codes: `cedar/invalid-policy`,
 * `cedar/policy-warning`, `cedar/schema-warning`, `cedar/validator-failed`, and those of `validateLevel`.
 */
export async function validateCedar(
  policies: ParsedPolicies,
  schema: CedarSchema,
  { level }: ValidateOptions = {},
): Promise<Validated> {
  const { errors, warnings } = await askAbout(submissionsOf(policies), schema);
  // Levels are read off the types, and types that are wrong say nothing.
  const exceeded = errors.length === 0 && level !== undefined ? validateLevel(policies, schema, level) : [];
  return { errors: inOrder([...errors, ...exceeded]), warnings: inOrder(warnings) };
}

/** All at once, which is fast; one by one where that is too much for the validator, to learn which one it is. */
async function askAbout(submissions: readonly Submission[], schema: CedarSchema): Promise<Validated> {
  const asked = await askCedarWasm((cedar) => validate(cedar, submissions, schema));
  if (asked.ok) return validatedOf(asked.value, new Submitted(submissions));
  const [first] = submissions;
  if (first === undefined) return { errors: [asked.problem], warnings: [] };
  if (submissions.length === 1) return askAgain(first, schema, asked.problem);
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  for (const submission of submissions) {
    const alone = await askAbout([submission], schema);
    errors.push(...alone.errors);
    warnings.push(...alone.warnings);
    if (errors.length >= MAX_PROBLEMS) break;
  }
  return { errors, warnings };
}

/** A long chain is no reason to refuse a policy: regrouped it is the same, only the places in it are lost. */
async function askAgain(submission: Submission, schema: CedarSchema, failure: Problem): Promise<Validated> {
  const shorter = withShortChains(submission);
  const asked = shorter && (await askCedarWasm((cedar) => validate(cedar, [shorter], schema)));
  if (shorter !== undefined && asked?.ok === true) return validatedOf(asked.value, new Submitted([shorter]));
  const { id, source, span } = submission.policy;
  const problem = { ...failure, message: `policy \`${id}\`: ${failure.message}`, at: sourceSpan(source, span) };
  return { errors: [problem], warnings: [] };
}

function validate(
  cedar: typeof CedarWasm,
  submissions: readonly Submission[],
  schema: CedarSchema,
): CedarWasm.ValidationAnswer {
  return cedar.validate({ schema: schema.source as CedarWasm.Schema, policies: policySetOf(submissions) });
}

function validatedOf(answer: CedarWasm.ValidationAnswer, submitted: Submitted): Validated {
  // Cedar's own parser refuses what ours has accepted: no policy is in force that only one of the two understands.
  if (answer.type === 'failure') {
    const errors = answer.errors.map((error) => submitted.problem('cedar/invalid-policy', keyIn(error.message), error));
    return { errors, warnings: [] };
  }
  const place = (code: string, { policyId, error }: CedarWasm.ValidationError): Problem => {
    return submitted.problem(code, policyId, error);
  };
  return {
    errors: answer.validationErrors.map((error) => place('cedar/invalid-policy', error)),
    warnings: [
      ...answer.validationWarnings.map((warning) => place('cedar/policy-warning', warning)),
      ...answer.otherWarnings.map((warning) => problemOf('cedar/schema-warning', warning)),
    ],
  };
}

/** From `failed to parse policy with id \`p1\` from string: …`. */
function keyIn(message: string): string {
  return /with id `([^`]+)`/u.exec(message)?.[1] ?? '';
}

/** Cedar gives them in no order, and the same one for several environments. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].sort(byPlace).slice(0, MAX_PROBLEMS);
}

function byPlace(a: Problem, b: Problem): number {
  const [left, right] = [a.at, b.at];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return (
    compare(left.file, right.file) ||
    left.line - right.line ||
    left.column - right.column ||
    compare(a.message, b.message)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
