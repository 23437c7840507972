/** Which package of a Rego layer decides: the one that is named, or the only one that has `allow` or `deny`. */
import type { RegoLayerSettings } from '../inventory/rego-layers.ts';
import { nearestName } from '../kernel/nearest-name.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Module, Rule } from '../policy/rego/syntax.ts';

/** A rule where it is written. */
export type Written = { readonly module: Module; readonly rule: Rule };

export type Decisive = Readonly<Record<'allow' | 'deny', readonly Written[]>>;

/** Packages that have rules of these names, functions aside. */
export function decisivePackages(modules: readonly Module[]): ReadonlyMap<string, Decisive> {
  const packages = new Map<string, Record<'allow' | 'deny', Written[]>>();
  for (const module of modules) {
    const name = module.package.path.join('.');
    for (const rule of module.rules) {
      const { ref, parameters } = rule.head;
      const called = ref.head.name;
      if (parameters !== undefined || (called !== 'allow' && called !== 'deny')) continue;
      const found = packages.get(name) ?? { allow: [], deny: [] };
      packages.set(name, found);
      found[called].push({ module, rule });
    }
  }
  return packages;
}

/** Codes: `rego/no-decision`, `rego/several-packages`. */
export function choosePackage(packages: ReadonlyMap<string, Decisive>, settings: RegoLayerSettings): Result<string> {
  const { name: layer, folder, package: wanted } = settings;
  const names = [...packages.keys()].toSorted();
  const known = names.map((name) => `\`${name}\``).join(', ');
  if (wanted !== undefined) {
    if (packages.has(wanted)) return ok(wanted);
    const nearest = nearestName(wanted, names);
    const message = `the package \`${wanted}\` of the Rego layer \`${layer}\` has neither \`allow\` nor \`deny\``;
    const others = names.length === 0 ? 'no package has one of them' : `packages that have one: ${known}`;
    const hint = nearest === undefined ? others : `did you mean \`${nearest}\`?`;
    return err({ code: 'rego/no-decision', message, hint });
  }
  const [first, second] = names;
  if (first === undefined) {
    const message = `no package of the Rego layer \`${layer}\` in \`${folder}\` has a rule \`allow\` or \`deny\``;
    const hint = 'a decision is `allow` (a boolean or an object) and `deny` (a boolean or a set of messages)';
    return err({ code: 'rego/no-decision', message, hint });
  }
  if (second !== undefined) {
    const message = `several packages of the Rego layer \`${layer}\` have \`allow\` or \`deny\`: ${known}`;
    const hint = `say which one decides, with \`package\` under \`rego.${layer}\` in countersign.yaml`;
    return err({ code: 'rego/several-packages', message, hint });
  }
  return ok(first);
}
