/** What is said of variables that no order of the expressions gives a value. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { Span } from '../../source-position.ts';
import { quote } from '../parse/quote.ts';
import { isWildcard } from '../parse/wildcards.ts';
import type { Frame } from './frame.ts';
import type { Unsafe } from './order-body.ts';
import type { Surroundings } from './resolution.ts';
import { localsOfTerm } from './visible-locals.ts';

export function reportUnsafe(unsafe: readonly Unsafe[], frame: Frame, around: Surroundings): void {
  const assigned = new Set(unsafe.flatMap(({ expression }) => [...assignedLocals(expression)]));
  const named = [...new Set(unsafe.flatMap(({ locals }) => [...locals]))].filter((id) => frame.names.has(id));
  // Where others are to blame, those that would be assigned are not.
  const causes = named.filter((id) => !assigned.has(id));
  for (const id of causes.length > 0 ? causes : named) {
    const first = unsafe.find(({ locals }) => locals.has(id));
    if (first === undefined) continue;
    const { expression } = first;
    reportUnsafeLocal(id, [expression, ...expression.modifiers], frame, around);
  }
  if (named.length > 0) return;
  const message = 'this needs values that nothing gives: expressions need each other';
  for (const { expression } of unsafe)
    around.problems.add(around.source, expression, { code: 'rego/unsafe-expression', message });
}

function assignedLocals(expression: Unsafe['expression']): ReadonlySet<number> {
  return expression.kind === 'unify' && expression.assigned ? localsOfTerm(expression.left) : new Set();
}

const KEYWORDS: ReadonlySet<string> = new Set(['every', 'in', 'if', 'contains', 'and', 'or', 'not']);

/** Where it stands first within one of the spans, which are those of what needs it. */
export function reportUnsafeLocal(
  id: number,
  within: readonly [Span, ...Span[]],
  frame: Frame,
  around: Surroundings,
): void {
  const name = frame.names.get(id) ?? '';
  const shown = isWildcard(name) ? '_' : name;
  const message = `the variable ${quote(shown)} has no value here`;
  const places = within.flatMap((span) => frame.placeWithin(id, span) ?? []);
  const place = places[0] ?? within[0];
  around.problems.add(around.source, place, { code: 'rego/unsafe-variable', message, hint: hintFor(shown, around) });
}

function hintFor(name: string, { globals }: Surroundings): string {
  if (name === '_') return 'nothing can give `_` a value here: write what is meant';
  if (KEYWORDS.has(name)) return `\`import future.keywords.${name}\` makes it a keyword`;
  const nearest = nearestName(
    name,
    [...globals.keys()].filter((known) => known !== name),
  );
  if (nearest !== undefined && name.length > 2) return `did you mean \`${nearest}\`?`;
  return 'give it one with `:=` or `some … in`; `not`, `with` and arguments of functions give none';
}
