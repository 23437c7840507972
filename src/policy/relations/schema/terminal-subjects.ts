/** The types of objects that can have a permission at the end of all relations, arrows and permissions below it. */
import type { ObjectDefinition, RelationSchema, SetExpression } from './schema.ts';

/**
 * As SpiceDB counts them: whatever is touched, also what an exclusion takes away; `self` and `nil` touch nothing.
 * Undefined when the steps do not suffice.
 */
export function terminalTypes(
  schema: RelationSchema,
  definition: ObjectDefinition,
  name: string,
  budget: { steps: number },
): ReadonlySet<string> | undefined {
  const types = new Set<string>();
  const seen = new Set<string>();
  const open: { readonly definition: ObjectDefinition | undefined; readonly name: string }[] = [{ definition, name }];
  const visit = (of: ObjectDefinition, expression: SetExpression): void => {
    switch (expression.kind) {
      case 'union':
      case 'intersection':
        for (const operand of expression.operands) visit(of, operand);
        return;
      case 'exclusion':
        visit(of, expression.base);
        visit(of, expression.excluded);
        return;
      case 'computed':
        open.push({ definition: of, name: expression.name });
        return;
      case 'arrow':
        for (const { type } of of.relations.get(expression.relation)?.allowed ?? []) {
          open.push({ definition: schema.definitions.get(type), name: expression.target });
        }
        return;
      case 'nil':
      case 'self':
    }
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { definition: of } = next;
    if (of === undefined || seen.has(`${of.name}#${next.name}`)) continue;
    budget.steps -= 1;
    if (budget.steps < 0) return undefined;
    seen.add(`${of.name}#${next.name}`);
    for (const { type, subject } of of.relations.get(next.name)?.allowed ?? []) {
      if (subject.kind === 'userset') open.push({ definition: schema.definitions.get(type), name: subject.relation });
      else types.add(type);
    }
    const permission = of.permissions.get(next.name);
    if (permission !== undefined) visit(of, permission.expression);
  }
  return types;
}
