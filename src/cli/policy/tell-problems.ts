/** Problems of policies, all of them, with what they point at. */
import type { RegoFailure } from '../../policy/rego/evaluate/begin.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { CommandContext } from '../command-context.ts';
import { problemLines } from '../problem-text.ts';
import { jsonLine } from '../terminal.ts';
import type { PolicyProblems } from './policy-source.ts';

/** As text with excerpts, or as one array of JSON; the process exits with 1. */
export function tellAll(
  { terminal, exit }: CommandContext,
  { problems, textOf }: PolicyProblems,
  json: boolean | undefined,
): void {
  exit(1);
  if (json === true) return terminal.complain(jsonLine(problems));
  for (const problem of problems) for (const line of problemLines(problem, terminal, textOf)) terminal.complain(line);
  if (problems.length > 1) terminal.complain(`${problems.length} problems`);
}

/** Why an evaluation ended; OPA's `eval_conflict_error` is `rego/eval-conflict-error`. */
export function problemOfFailure({ code, message, at }: RegoFailure): Problem {
  return { code: `rego/${code.replaceAll('_', '-')}`, message, ...(at === undefined ? {} : { at }) };
}
