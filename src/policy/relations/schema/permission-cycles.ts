/** Permissions that nobody can ever have, because they wait for each other. */
import type { ProblemList } from './problem-list.ts';
import type { ObjectDefinition, SetExpression } from './schema.ts';

/**
 * A permission of a cycle can be had when something else leads into it (`a = b + owner`, `b = a`). What leads nowhere
 * on purpose (`nil`) is no cycle. Arrows end at other objects, so whether they come back is for the data to say.
 */
export function reportCycles({ name: type, permissions }: ObjectDefinition, problems: ProblemList): void {
  const bodies = [...permissions.values()];
  const within = (possible: ReadonlySet<string>, expression: SetExpression): boolean =>
    canHold(expression, (name) => !permissions.has(name) || possible.has(name));
  // What can be had in finitely many steps, and what no step rules out: only cycles lie between the two.
  const least = new Set<string>();
  for (let size = -1; size !== least.size;) {
    size = least.size;
    for (const { name, expression } of bodies) if (within(least, expression)) least.add(name);
  }
  const greatest = new Set(permissions.keys());
  for (let size = -1; size !== greatest.size;) {
    size = greatest.size;
    for (const { name, expression } of bodies) if (!within(greatest, expression)) greatest.delete(name);
  }
  for (const { name, start, end } of bodies) {
    if (least.has(name) || !greatest.has(name)) continue;
    problems.add({
      code: 'relations/cycle',
      message: `nobody can ever have the permission \`${name}\` of \`${type}\`: it refers to itself and to nothing else`,
      start,
      end,
    });
  }
}

function canHold(expression: SetExpression, named: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'union':
      return expression.operands.some((operand) => canHold(operand, named));
    case 'intersection':
      return expression.operands.every((operand) => canHold(operand, named));
    case 'exclusion':
      return canHold(expression.base, named);
    case 'computed':
      return named(expression.name);
    case 'nil':
      return false;
    case 'arrow':
    case 'self':
      return true;
  }
}
