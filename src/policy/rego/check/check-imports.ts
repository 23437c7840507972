/** What a v1 module may not do with names: import one twice, or give `input` and `data` another meaning. */
import type { Module } from '../syntax.ts';
import { importName } from './globals.ts';
import type { Problems } from './problems.ts';

export function checkNames(module: Module, problems: Problems): void {
  if (!module.strict) return;
  checkImports(module, problems);
  for (const { head } of module.rules) {
    const { name, start, end } = head.ref.head;
    if (name !== 'input' && name !== 'data') continue;
    const message = `a rule cannot be called \`${name}\``;
    problems.add(module.source, { start, end }, { code: 'rego/shadowed-root', message, hint: 'give it another name' });
  }
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
