/** The part that all objects share: who they are, and which workloads they select. */
import type { Problem } from '../../kernel/problem.ts';
import { asMap, asString, asStringMap, checkFields, wrongType } from './fields.ts';
import { MAX_LABEL_CHARACTERS } from './limits.ts';
import type { PolicyKind } from './policy.ts';
import { quote } from './quote.ts';
import { entryOf, type Located, type Report, type YamlEntry, type YamlMap } from './yaml-node.ts';

/** What checking needs to know beside the object, and where its findings go. */
export type CheckContext = {
  readonly rootNamespace: string;
  /** For objects that name none, as with `kubectl apply --namespace`. */
  readonly defaultNamespace: string;
  readonly report: Report;
  /** Like problems, but the policy means what it says: it is only likely that its author meant something else. */
  readonly warn: (warning: Problem) => void;
};

export type Metadata = {
  readonly namespace: string;
  readonly name: string;
  readonly span: Located['span'];
  readonly annotations: ReadonlyMap<string, Located>;
  readonly createdAt: number;
};

/** Kubernetes' ObjectMeta. What is not read here has no meaning for a policy in a file. */
const FIELDS = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^(?=.{1,63}$)${LABEL}$`, 'u');
const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`, 'u');

/** Undefined when it was reported why the object has no identity. */
export function checkMetadata(object: YamlMap, kind: PolicyKind, context: CheckContext): Metadata | undefined {
  const { report } = context;
  const entry = entryOf(object, 'metadata');
  const metadata = entry === undefined ? undefined : asMap(entry, report);
  const nameEntry = metadata === undefined ? undefined : entryOf(metadata, 'name');
  if (metadata === undefined || nameEntry === undefined) {
    const message = `this ${kind} has no \`metadata.name\``;
    if (entry === undefined || metadata !== undefined) {
      report({
        code: 'mesh/missing-field',
        message,
        hint: 'reasons and the ledger call it by its name',
        at: object.span,
      });
    }
    return undefined;
  }
  checkFields(metadata, { of: 'metadata', known: FIELDS }, report);
  const name = nameOf(nameEntry, DNS_SUBDOMAIN, report);
  const namespaceEntry = entryOf(metadata, 'namespace');
  const namespace = namespaceEntry === undefined ? undefined : nameOf(namespaceEntry, DNS_LABEL, report);
  const annotations = entryOf(metadata, 'annotations');
  const labels = entryOf(metadata, 'labels');
  if (labels !== undefined) checkRevision(asStringMap(labels, report), context);
  const createdAt = creationTime(metadata, report);
  if (name === undefined || (namespaceEntry !== undefined && namespace === undefined)) return undefined;
  return {
    name: name.value,
    namespace: namespace?.value ?? context.defaultNamespace,
    span: name.span,
    annotations: annotations === undefined ? new Map<string, Located>() : asStringMap(annotations, report),
    createdAt,
  };
}

function nameOf(entry: YamlEntry, form: RegExp, report: Report): Located | undefined {
  const text = asString(entry.value, entry.key, report);
  if (text === undefined || form.test(text.value)) return text;
  report({
    code: 'mesh/bad-name',
    message: `${quote(text.value)} is no ${entry.key} that Kubernetes would take`,
    hint: 'a to z, 0 to 9 and `-` between them; 63 characters, in a name 253 with `.` allowed as well',
    at: text.span,
  });
  return undefined;
}

/** Istio takes part of the objects only, by revision; here there is one reader and it takes them all. */
function checkRevision(labels: ReadonlyMap<string, Located & { readonly key: Located }>, context: CheckContext): void {
  const revision = labels.get('istio.io/rev');
  if (revision === undefined) return;
  const message = `the label \`istio.io/rev\` is not looked at: the policy holds whatever its revision`;
  context.warn({ code: 'mesh/revision-ignored', message, at: revision.key.span });
}

/** Which of two PeerAuthentications of one scope counts: the older one. */
function creationTime(metadata: YamlMap, report: Report): number {
  const value = entryOf(metadata, 'creationTimestamp')?.value;
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return -Infinity;
  const text = asString(value, 'creationTimestamp', report);
  if (text === undefined) return -Infinity;
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;
  const time = form.test(text.value) ? Date.parse(text.value) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  const message = `${quote(text.value)} is no time as RFC 3339 has it`;
  report({ code: 'mesh/bad-time', message, hint: 'such as `2026-01-31T12:00:00Z`', at: text.span });
  return -Infinity;
}

/** `selector.matchLabels`; empty or absent it selects every workload. */
export function checkSelector(spec: YamlMap, { report, warn }: CheckContext): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const entry = entryOf(spec, 'selector');
  const selector = entry === undefined ? undefined : asMap(entry, report);
  if (entry === undefined || selector === undefined) return labels;
  checkFields(selector, { of: 'selector', known: ['matchLabels'] }, report);
  const matchLabels = entryOf(selector, 'matchLabels');
  for (const { key, value, span } of matchLabels === undefined ? [] : asStringMap(matchLabels, report).values()) {
    const problem = problemOfLabel(key.value, value);
    if (problem === undefined) labels.set(key.value, value);
    else report({ code: 'mesh/bad-label', message: problem, at: value.includes('*') ? span : key.span });
  }
  if (matchLabels === undefined || (matchLabels.value.kind === 'map' && matchLabels.value.entries.length === 0)) {
    const message = 'a `selector` without labels selects every workload in its reach';
    warn({ code: 'mesh/empty-selector', message, hint: 'remove it, or name the labels', at: entry.keySpan });
  }
  return labels;
}

function problemOfLabel(key: string, value: string): string | undefined {
  if (key === '') return 'a label has a name';
  if (key.includes('*') || value.includes('*'))
    return `the label ${quote(`${key}=${value}`)} has a wildcard, and labels are compared exactly`;
  if (value.length <= MAX_LABEL_CHARACTERS) return undefined;
  return `the value of a label has at most ${MAX_LABEL_CHARACTERS} characters, this one has ${value.length}`;
}

/** `spec`, or an empty one where it is not written. */
export function specOf(object: YamlMap, report: Report): YamlMap | undefined {
  const entry = entryOf(object, 'spec');
  if (entry === undefined) return { kind: 'map', span: object.span, entries: [] };
  return entry.value.kind === 'map' ? entry.value : wrongType('spec', 'a map', entry.value, report);
}
