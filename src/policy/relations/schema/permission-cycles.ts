/** Permissions that nobody can ever have, because they wait for each other. */
import type { ProblemList } from './problem-list.ts';
import type { ObjectDefinition, Permission, SetExpression } from './schema.ts';

/**
 * A permission of a cycle can be had when something else leads into it (`a = b + owner`, `b = a`). What leads nowhere
 * on purpose (`nil`) is no cycle. Arrows end at other objects, so whether they come back is for the data to say.
 */
export function reportCycles({ name: type, permissions }: ObjectDefinition, problems: ProblemList): void {
  const waiting = dependents(permissions);
  // What can be had in finitely many steps, and what no step rules out: only cycles lie between the two.
  const reached = new Set<string>();
  const excluded = new Set<string>();
  const isReached = (name: string): boolean => !permissions.has(name) || reached.has(name);
  const isOpen = (name: string): boolean => !excluded.has(name);
  settle(permissions, waiting, reached, (expression) => canHold(expression, isReached));
  settle(permissions, waiting, excluded, (expression) => !canHold(expression, isOpen));
  for (const { name, start, end } of permissions.values()) {
    if (reached.has(name) || excluded.has(name)) continue;
    problems.add({
      code: 'relations/cycle',
      message: `nobody can ever have the permission \`${name}\` of \`${type}\`: it refers to itself and to nothing else`,
      start,
      end,
    });
  }
}

/** Adds each permission that holds, and looks again at those that wait for it, until nothing changes. */
function settle(
  permissions: ObjectDefinition['permissions'],
  waiting: ReadonlyMap<string, readonly Permission[]>,
  settled: Set<string>,
  holds: (expression: SetExpression) => boolean,
): void {
  const open = [...permissions.values()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (settled.has(next.name) || !holds(next.expression)) continue;
    settled.add(next.name);
    for (const dependent of waiting.get(next.name) ?? []) open.push(dependent);
  }
}

/** Of each name the permissions that name it. */
function dependents(permissions: ObjectDefinition['permissions']): ReadonlyMap<string, readonly Permission[]> {
  const found = new Map<string, Permission[]>();
  for (const permission of permissions.values()) {
    for (const name of new Set(namesIn(permission.expression))) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [permission]);
      else known.push(permission);
    }
  }
  return found;
}

function namesIn(expression: SetExpression): readonly string[] {
  switch (expression.kind) {
    case 'union':
    case 'intersection':
      return expression.operands.flatMap(namesIn);
    case 'exclusion':
      return [...namesIn(expression.base), ...namesIn(expression.excluded)];
    case 'computed':
      return [expression.name];
    case 'arrow':
    case 'nil':
    case 'self':
      return [];
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
