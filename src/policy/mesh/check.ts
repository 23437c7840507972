/** Second phase: YAML nodes to policies. What Istio refuses is refused, and so is every field that is not read. */
import { checkAuthorizationPolicy } from './check-authorization-policy.ts';
import { type CheckContext, checkMetadata } from './check-metadata.ts';
import { checkPeerAuthentication } from './check-peer-authentication.ts';
import { asString, checkFields, wrongType } from './fields.ts';
import { nearestName } from '../../kernel/nearest-name.ts';
import { type Policy, type PolicyKind, policyName } from './policy.ts';
import { quote } from './quote.ts';
import { formatSpan } from '../../kernel/source-span.ts';
import { entryOf, type Located, type YamlMap, type YamlNode } from './yaml-node.ts';

const KINDS: readonly PolicyKind[] = ['AuthorizationPolicy', 'PeerAuthentication'];
const VERSIONS: readonly string[] = ['security.istio.io/v1', 'security.istio.io/v1beta1'];

/** The policies of all documents; a policy that has a problem of its own is among them only if it can still be read. */
export function checkDocuments(documents: readonly YamlNode[], context: CheckContext): readonly Policy[] {
  const policies = new Map<string, Policy>();
  for (const policy of documents.flatMap((document) => checkObject(document, context))) {
    const name = policyName(policy);
    const first = policies.get(name);
    if (first === undefined) {
      policies.set(name, policy);
      continue;
    }
    const message = `${quote(name)} is written twice, first at ${formatSpan(first.span)}`;
    const hint = 'objects of one kind and namespace have different names';
    context.report({ code: 'mesh/duplicate-policy', message, hint, at: policy.span });
  }
  return [...policies.values()];
}

/** One object, or the objects of a list of them. */
function checkObject(object: YamlNode, context: CheckContext): readonly Policy[] {
  const { report } = context;
  if (object.kind !== 'map') {
    wrongType('document', 'a Kubernetes object', object, report);
    return [];
  }
  const kind = textOf(object, 'kind', context);
  const version = textOf(object, 'apiVersion', context);
  if (kind === undefined || version === undefined) return [];
  if (kind.value === 'List' && version.value === 'v1') return checkList(object, context);
  const item = kind.value.endsWith('List') ? kind.value.slice(0, -'List'.length) : kind.value;
  const known = KINDS.find((candidate) => candidate === item);
  if (known === undefined) {
    reportKind(kind, context);
    return [];
  }
  if (!VERSIONS.includes(version.value)) {
    const message = `${quote(version.value)} is no version of ${known} that is known here`;
    report({ code: 'mesh/unknown-version', message, hint: `write ${quote(VERSIONS[0] ?? '')}`, at: version.span });
    return [];
  }
  return kind.value === known ? checkPolicy(object, known, context) : checkList(object, context);
}

function checkPolicy(object: YamlMap, kind: PolicyKind, context: CheckContext): readonly Policy[] {
  // The status is what a controller found about the object; it is no part of what the author asked for.
  checkFields(object, { of: kind, known: ['apiVersion', 'kind', 'metadata', 'spec', 'status'] }, context.report);
  const metadata = checkMetadata(object, kind, context);
  if (metadata === undefined) return [];
  const check = kind === 'AuthorizationPolicy' ? checkAuthorizationPolicy : checkPeerAuthentication;
  return [check(object, metadata, context) ?? []].flat();
}

function checkList(list: YamlMap, context: CheckContext): readonly Policy[] {
  checkFields(list, { of: 'List', known: ['apiVersion', 'kind', 'metadata', 'items'] }, context.report);
  const items = entryOf(list, 'items')?.value;
  if (items?.kind === 'list') return items.items.flatMap((item) => checkObject(item, context));
  wrongType('items', 'a list', items ?? list, context.report);
  return [];
}

function textOf(object: YamlMap, key: string, { report }: CheckContext): Located | undefined {
  const entry = entryOf(object, key);
  if (entry !== undefined) return asString(entry.value, key, report);
  const message = `this object has no ${quote(key)}`;
  report({ code: 'mesh/missing-field', message, hint: 'a policy is a Kubernetes object', at: object.span });
  return undefined;
}

function reportKind({ value, span: at }: Located, { report }: CheckContext): void {
  const meant = nearestName(value, KINDS);
  const hint = `${meant === undefined ? '' : `did you mean ${quote(meant)}? `}the kinds are ${KINDS.map(quote).join(' and ')}`;
  report({ code: 'mesh/unknown-kind', message: `${quote(value)} is no kind of policy that is known here`, hint, at });
}
