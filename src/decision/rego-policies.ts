/** The Rego files of the folders of policies, compiled: a layer for each folder that is named in countersign.yaml. */
import { pathInLayer, type RegoLayerSettings } from '../inventory/rego-layers.ts';
import type { WorkloadFacts } from '../inventory/workload.ts';
import type { Problem } from '../kernel/problem.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { TrustDomain } from '../kernel/trust-domain.ts';
import { compileRego, type RegoPolicy, type RegoSource } from '../policy/rego/compile.ts';
import { parseModule } from '../policy/rego/parse/parse-module.ts';
import type { Module } from '../policy/rego/syntax.ts';
import { makeObject } from '../policy/rego/values/rego-map.ts';
import type { PlainObject } from '../policy/rego/values/value.ts';
import { type PolicySource, sourceSpan } from '../policy/source-position.ts';
import { attributionOf } from './rego-attribution.ts';
import { type DataFile, OWN_DATA, readRegoData } from './rego-data.ts';
import type { Safeguard } from './rego-explanation.ts';
import { HOST_FUNCTIONS } from './rego-host.ts';
import type { RegoDecisions, RegoRule } from './rego-layer.ts';
import { choosePackage, decisivePackages, type Written } from './rego-package.ts';

export type RegoFile = {
  readonly language: 'rego' | 'rego-data';
  readonly file: string;
  readonly text: string;
};

/** What policies find below `data.countersign`. */
export type RegoFacts = { readonly trustDomain: TrustDomain; readonly workloads: readonly WorkloadFacts[] };

/**
 * In the order of `layers`. Every problem comes with its place, as far as one is known. Codes: those of `compileRego` and
 * `readRegoData`, `rego/no-layer`, `/no-modules`, `/no-decision`, `/several-packages`.
 */
export function compileRegoFiles(
  files: readonly RegoFile[],
  layers: readonly RegoLayerSettings[],
  facts: RegoFacts,
): Result<readonly RegoDecisions[], readonly Problem[]> {
  const problems: Problem[] = files.flatMap((file) => unassigned(file, layers));
  const compiled: RegoDecisions[] = [];
  for (const settings of layers) {
    const layer = compileLayer(filesOf(files, settings), settings, facts);
    if (!layer.ok) problems.push(...layer.problem);
    else if (layer.value !== undefined) compiled.push(layer.value);
  }
  return problems.length > 0 ? err(problems) : ok(compiled);
}

/** A policy that nobody asks is a policy that its author believes in. */
function unassigned({ file, language }: RegoFile, layers: readonly RegoLayerSettings[]): readonly Problem[] {
  if (layers.some((layer) => pathInLayer(file, layer) !== undefined)) return [];
  const what = language === 'rego' ? 'module' : 'data file';
  const message = `the Rego ${what} \`${file}\` lies in no folder that is named under \`rego\``;
  const hint = 'name its folder under `rego` in countersign.yaml, or move it into one';
  return [{ code: 'rego/no-layer', message, hint, at: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } }];
}

type LayerFiles = { readonly modules: readonly PolicySource[]; readonly data: readonly DataFile[] };

/** Tests are no policies: their rules, and what they take for data, stay out. */
function filesOf(files: readonly RegoFile[], settings: RegoLayerSettings): LayerFiles {
  const own = files.flatMap(({ language, file, text }) => {
    const path = pathInLayer(file, settings);
    return path === undefined ? [] : [{ language, file, text, path }];
  });
  return {
    modules: own.filter(({ language, file }) => language === 'rego' && !file.endsWith('_test.rego')),
    data: own.filter(({ language }) => language === 'rego-data'),
  };
}

function compileLayer(
  { modules, data: dataFiles }: LayerFiles,
  settings: RegoLayerSettings,
  facts: RegoFacts,
): Result<RegoDecisions | undefined, readonly Problem[]> {
  if (modules.length === 0 && settings.implied === true && dataFiles.length === 0) return ok(undefined);
  const documents = readRegoData(dataFiles);
  if (modules.length === 0) {
    const message = `the Rego layer \`${settings.name}\` has no module: none lies below \`${settings.folder}\``;
    const hint =
      settings.implied === true
        ? `\`${dataFiles[0]?.file ?? ''}\` is data of Rego by its name: a policy of another kind needs another name`
        : 'modules are files whose names end with `.rego`; those that end with `_test.rego` are tests';
    return err([{ code: 'rego/no-modules', message, hint }]);
  }
  const data: PlainObject = { ...(documents.ok ? documents.value : {}), [OWN_DATA]: ownData(facts) };
  const source: RegoSource = {
    modules,
    data,
    regoVersion: settings.version,
    functions: HOST_FUNCTIONS,
  };
  const policy = compileRego(source);
  if (!policy.ok || !documents.ok) {
    return err([...(policy.ok ? [] : policy.problem), ...(documents.ok ? [] : documents.problem)]);
  }
  return decisionsOf({ source, policy: policy.value }, parsed(modules, settings), settings);
}

/** By SPIFFE ID, which is the id of a workload as subject and as resource. */
function ownData({ trustDomain, workloads }: RegoFacts): PlainObject {
  const byId = workloads.map(({ id, name, namespace, labels }) => [id, { name, namespace, labels }] as const);
  return { trustDomain, workloads: makeObject(byId) };
}

/** The modules compile, and so all of them parse. */
function parsed(modules: readonly PolicySource[], { version }: RegoLayerSettings): readonly Module[] {
  return modules.flatMap((module) => {
    const result = parseModule(module, { regoVersion: version });
    return result.ok ? [result.value] : [];
  });
}

type Compiled = { readonly source: RegoSource; readonly policy: RegoPolicy };

function decisionsOf(
  compiled: Compiled,
  modules: readonly Module[],
  settings: RegoLayerSettings,
): Result<RegoDecisions, readonly Problem[]> {
  const packages = decisivePackages(modules);
  const chosen = choosePackage(packages, settings);
  if (!chosen.ok) return err([chosen.problem]);
  const decisive = packages.get(chosen.value);
  const [allow, deny] = (['allow', 'deny'] as const).map((name) => {
    const written = decisive?.[name] ?? [];
    return written[0] === undefined ? undefined : ruleOf(compiled, [written[0], ...written.slice(1)], name);
  });
  const problems = [allow, deny].flatMap((rule) => (rule === undefined || rule.ok ? [] : rule.problem));
  if (problems.length > 0) return err(problems);
  return ok({
    settings,
    package: chosen.value,
    allow: allow?.ok === true ? allow.value : undefined,
    deny: deny?.ok === true ? deny.value : undefined,
  });
}

function ruleOf(
  { source, policy }: Compiled,
  written: readonly [Written, ...Written[]],
  name: 'allow' | 'deny',
): Result<RegoRule, readonly Problem[]> {
  const [first] = written;
  const path = [...first.module.package.path, name];
  const reference = referenceTo(path);
  const decision = policy.decision(reference);
  if (!decision.ok) return decision;
  const safeguards = name === 'deny' ? written.flatMap((each) => safeguardsOf(policy, each)) : [];
  const span = sourceSpan(first.module.source, first.rule.head);
  const rule = { name, decision: decision.value, span, safeguards };
  return ok(written.length > 1 ? { ...rule, attribution: attributionOf(source, path, reference) } : rule);
}

function referenceTo(path: readonly string[]): string {
  return `data${path.map((part) => `[${JSON.stringify(part)}]`).join('')}`;
}

/** What stands after `not` by its name alone, and is a rule of the package: what its author provided against denial. */
function safeguardsOf(policy: RegoPolicy, { module, rule }: Written): readonly Safeguard[] {
  const rules = new Set(module.rules.map(({ head }) => head.ref.head.name));
  const names = rule.body.flatMap((expression) => {
    if (expression.kind !== 'term' || !expression.negated || expression.term.kind !== 'variable') return [];
    return rules.has(expression.term.name) ? [expression.term.name] : [];
  });
  return names.flatMap((name) => {
    const decision = policy.decision(referenceTo([...module.package.path, name]));
    return decision.ok ? [{ name, of: sourceSpan(module.source, rule), decision: decision.value }] : [];
  });
}
