/** Second phase for AuthorizationPolicy: who may do what. */
import { checkSelector, type CheckContext, type Metadata, specOf } from './check-metadata.ts';
import { checkRule } from './check-rule.ts';
import { asWord, checkFields, wrongType } from './fields.ts';
import { MAX_RULES } from './limits.ts';
import { type AuthorizationPolicy, isHttpOnly, type Rule } from './policy.ts';
import { quote } from './quote.ts';
import { entryOf, type Report, type YamlEntry, type YamlMap } from './yaml-node.ts';

const UNSUPPORTED = {
  provider: 'external authorizers (action `CUSTOM`) are not asked; write the rules as ALLOW or DENY',
  targetRef: 'select workloads by their labels with `selector`',
  targetRefs: 'select workloads by their labels with `selector`',
};

export function checkAuthorizationPolicy(
  object: YamlMap,
  { name, namespace, span, annotations }: Metadata,
  context: CheckContext,
): AuthorizationPolicy | undefined {
  const { report, warn } = context;
  const spec = specOf(object, report);
  if (spec === undefined) return undefined;
  checkFields(spec, { of: 'spec', known: ['selector', 'action', 'rules'], unsupported: UNSUPPORTED }, report);
  const labels = checkSelector(spec, context);
  const action = actionOf(entryOf(spec, 'action'), report);
  const rules = rulesOf(entryOf(spec, 'rules'), context);
  const dryRun = booleanOf(annotations.get('istio.io/dry-run'), report);
  if (action === undefined || rules === undefined || dryRun === undefined) return undefined;
  if (action === 'DENY' && rules.length === 0) {
    const message = 'a DENY policy without `rules` denies nothing';
    const hint = 'write `rules: [{}]` to deny everything, or remove the policy';
    report({ code: 'mesh/empty-list', message, hint, at: entryOf(spec, 'action')?.value.span ?? span });
  }
  const policy: AuthorizationPolicy = {
    kind: 'AuthorizationPolicy',
    name,
    namespace,
    span,
    labels,
    action,
    dryRun,
    rules,
  };
  for (const rule of action === 'DENY' ? rules : []) warnOfDeny(rule, context);
  if (dryRun) {
    const message = 'the policy is in dry run: it decides nothing, `explain` tells what it would have done';
    warn({ code: 'mesh/dry-run', message, at: annotations.get('istio.io/dry-run')?.span ?? span });
  }
  return policy;
}

/** Go's spellings of a boolean, as Istio reads them. */
function booleanOf(
  text: { readonly value: string; readonly span: Rule['span'] } | undefined,
  report: Report,
): boolean | undefined {
  if (text === undefined || ['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(text.value)) return false;
  if (['1', 't', 'T', 'true', 'True', 'TRUE'].includes(text.value)) return true;
  const message = `the annotation \`istio.io/dry-run\` is \`true\` or \`false\`, not ${quote(text.value)}`;
  report({ code: 'mesh/bad-annotation', message, at: text.span });
  return undefined;
}

function actionOf(entry: YamlEntry | undefined, report: Report): 'ALLOW' | 'DENY' | undefined {
  if (entry === undefined) return 'ALLOW';
  const action = asWord(entry, ['ALLOW', 'DENY', 'AUDIT', 'CUSTOM'], report);
  if (action !== 'AUDIT' && action !== 'CUSTOM') return action;
  const hint =
    action === 'CUSTOM' ? UNSUPPORTED.provider : 'every decision is recorded in the ledger; remove the policy';
  const message = `the action \`${action}\` is not supported`;
  report({ code: 'mesh/unsupported-field', message, hint, at: entry.value.span });
  return undefined;
}

function rulesOf(entry: YamlEntry | undefined, context: CheckContext): readonly Rule[] | undefined {
  if (entry === undefined) return [];
  const { report } = context;
  if (entry.value.kind !== 'list') return wrongType('rules', 'a list', entry.value, report);
  if (entry.value.items.length > MAX_RULES) {
    const message = `a policy has at most ${MAX_RULES} rules, this one has ${entry.value.items.length}`;
    report({ code: 'mesh/too-many', message, hint: 'split it into several policies', at: entry.keySpan });
    return undefined;
  }
  return entry.value.items.flatMap((item, index) => checkRule(item, `rules[${index}]`, context) ?? []);
}

/** Ways in which a DENY denies more, or less, than its author is likely to think. */
function warnOfDeny({ name, span, sources, operations }: Rule, { warn }: CheckContext): void {
  const without = operations.some(
    (clauses) => clauses.length > 0 && clauses.every(({ attribute }) => isHttpOnly(attribute)),
  );
  if (without) {
    const message = `${name} denies every TCP connection${sources.length > 0 ? ' from its sources' : ''}: its HTTP fields do not count there`;
    const hint = 'name the `ports` that it is about, unless all ports of the workloads speak HTTP';
    warn({ code: 'mesh/deny-widens-on-tcp', message, hint, at: span });
  }
  for (const clause of operations.flat()) {
    const bare = clause.values.find(({ value }) => !value.includes('*') && !value.includes(':'));
    if (clause.attribute !== 'host' || clause.negated || bare === undefined) continue;
    const message = `${name} denies the host ${quote(bare.value)} in this spelling only, and a caller chooses how it spells it`;
    const hint = `add ${quote(`${bare.value}:*`)} for spellings with a port; better, allow what is meant instead of denying the rest`;
    warn({ code: 'mesh/deny-by-host', message, hint, at: bare.span });
  }
}
