/** What is printed: parts of template strings, and arguments of `print`, each of which may have no value. */
import type { Span } from '../../source-position.ts';
import type { Local } from '../program.ts';
import type { Template, Term, TermExpression } from '../syntax.ts';
import { scalar } from './constants.ts';
import type { Resolution } from './resolution.ts';
import { resolveModifiers } from './resolve-with.ts';
import type { ResolvedBody, ResolvedModifier, ResolvedPart, ResolvedTerm } from './resolved.ts';
import { localsOfBody, localsOfTerm } from './visible-locals.ts';

export function resolveTemplate(resolution: Resolution, template: Template): Local {
  const { start, end } = template;
  const inputs = new Set<number>();
  const parts = template.parts.map((part) =>
    part.kind === 'term' ? resolveExpression(resolution, part, inputs) : scalar(part),
  );
  const output = resolution.frame.fresh();
  const { modifiers } = resolution;
  resolution.emit({ kind: 'template', start, end, modifiers, negated: false, output, parts, inputs: [...inputs] });
  return output;
}

function resolveExpression(resolution: Resolution, expression: TermExpression, inputs: Set<number>): ResolvedPart {
  return resolution.scoped(() => {
    // Values of modifiers are evaluated outside of the template.
    const modifiers = resolution.unmodified(() => resolveModifiers(resolution, expression.modifiers));
    reportRelation(resolution, expression.term);
    return resolvePart(resolution, expression.term, modifiers, inputs);
  });
}

function reportRelation(resolution: Resolution, term: Term): void {
  if (term.kind !== 'call') return;
  const { head, path } = term.operator;
  if (head.kind !== 'variable' || path.length > 0 || resolution.global(head.name) !== undefined) return;
  if (resolution.around.builtins.get(head.name)?.relation !== true) return;
  const message = `\`${head.name}\` gives many values, and a template string prints one`;
  resolution.report(term, { code: 'rego/relation-in-template', message, hint: 'collect them first: `[x | …]`' });
}

export function resolvePrint(
  resolution: Resolution,
  terms: readonly Term[],
  { start, end }: Span,
  negated: boolean,
): void {
  const inputs = new Set<number>();
  const { modifiers } = resolution;
  const parts = terms.map((term) => resolvePart(resolution, term, [], inputs));
  resolution.emit({ kind: 'print', start, end, modifiers, negated, parts, inputs: [...inputs] });
}

/** A variable must have a value; anything else is evaluated on its own, so that it may have none. */
function resolvePart(
  resolution: Resolution,
  term: Term,
  modifiers: readonly ResolvedModifier[],
  inputs: Set<number>,
): ResolvedPart {
  let element: ResolvedTerm | undefined;
  const body: ResolvedBody = resolution.collect(() => {
    resolution.modified(modifiers, () => {
      const resolved = resolution.term(term);
      element = resolved.kind === 'local' || resolved.kind === 'constant' ? resolved : resolution.hoist(resolved, term);
    });
  });
  const given = element as ResolvedTerm;
  for (const id of [...localsOfBody(body), ...localsOfTerm(given)]) {
    if (resolution.frame.names.has(id)) inputs.add(id);
  }
  return given.kind === 'constant' ? given : { element: given, body };
}
