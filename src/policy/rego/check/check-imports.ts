/** What modules may not do with names: call where they define, import one twice, give `input` and `data` a meaning. */
import type { Module, Rule } from '../syntax.ts';
import { importName } from './globals.ts';
import type { Problems } from './problems.ts';

export function checkNames(module: Module, builtins: ReadonlyMap<string, unknown>, problems: Problems): void {
  for (const rule of module.rules) checkIsNoCall(rule, module, builtins, problems);
  if (!module.strict) return;
  checkImports(module, problems);
  for (const { head } of module.rules) {
    const { name, start, end } = head.ref.head;
    if (name !== 'input' && name !== 'data') continue;
    const message = `a rule cannot be called \`${name}\``;
    problems.add(module.source, { start, end }, { code: 'rego/shadowed-root', message, hint: 'give it another name' });
  }
}

/** `startswith("a", "b")` by itself would define a function of this name that is true of these arguments. */
function checkIsNoCall(
  { head, body, alternatives, isDefault }: Rule,
  { source }: Module,
  builtins: ReadonlyMap<string, unknown>,
  problems: Problems,
): void {
  if (head.kind !== 'value' || head.parameters === undefined || head.assignment !== undefined) return;
  if (isDefault || body.length > 0 || alternatives.length > 0) return;
  const { ref } = head;
  const names = ref.path.map((part) => (part.kind === 'string' ? part.value : ''));
  const name = [ref.head.name, ...names].join('.');
  if (!builtins.has(name)) return;
  const message = `\`${name}\` is a built-in function: by itself, a call of it is no rule`;
  const hint = 'put it into the body of a rule: `allow if …`; or give your own function a value: `:= …`';
  problems.add(source, head, { code: 'rego/call-as-rule', message, hint });
}

function checkImports({ imports, source }: Module, problems: Problems): void {
  const seen = new Map<string, string>();
  for (const each of imports) {
    const name = importName(each);
    const before = seen.get(name);
    const path = each.path.join('.');
    if (before === undefined) seen.set(name, path);
    else {
      const message =
        before === path ? `\`${path}\` is imported twice` : `\`${name}\` is imported already, as \`${before}\``;
      const hint = before === path ? 'leave one out' : 'give it another name: `as …`';
      problems.add(source, each, { code: 'rego/double-import', message, hint });
    }
  }
}
