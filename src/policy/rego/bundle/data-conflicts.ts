/** Rules and data that say something of one place: the data would hide the rule, and so neither is used. */
import type { Problem } from '../../../kernel/problem.ts';
import { sourceSpan } from '../../source-position.ts';
import type { Module, Rule } from '../syntax.ts';
import { isPlainObject, type PlainObject, type RegoValue } from '../values/value.ts';

/** One problem for each rule at whose place, or on the way to it, there is data already. */
export function problemsOfDataConflicts(modules: readonly Module[], data: PlainObject): readonly Problem[] {
  return modules.flatMap((module) =>
    module.rules.flatMap((rule) => {
      const path = [...module.package.path, ...groundPath(rule)];
      const taken = takenPath(data, path);
      if (taken === undefined) return [];
      const message = `there is data at \`${['data', ...taken].join('.')}\`, where this rule has its value`;
      const { start, end } = rule.head;
      const at = sourceSpan(module.source, { start, end });
      return [{ code: 'rego-data/rule-conflict', message, hint: 'rename the rule, or move the data', at }];
    }),
  );
}

/** Up to the first part that is no text. */
function groundPath({ head: { ref } }: Rule): readonly string[] {
  const path = [ref.head.name];
  for (const part of ref.path) {
    if (part.kind !== 'string') break;
    path.push(part.value);
  }
  return path;
}

function takenPath(data: PlainObject, path: readonly string[]): readonly string[] | undefined {
  let document: RegoValue = data;
  for (const [depth, name] of path.entries()) {
    if (!isPlainObject(document)) return path.slice(0, depth);
    if (!Object.hasOwn(document, name)) return undefined;
    document = document[name] as RegoValue;
  }
  return path;
}
