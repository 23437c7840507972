/** One rule of an AuthorizationPolicy: its sources, operations and conditions. */
import type { CheckContext } from './check-metadata.ts';
import { checkValues } from './check-values.ts';
import { asMap, asString, asStrings, checkFields, wrongType } from './fields.ts';
import { MAX_RULES } from './limits.ts';
import { nearestName } from '../../kernel/nearest-name.ts';
import type { Attribute, Clause, Clauses, Rule } from './policy.ts';
import { quote, quoteList } from './quote.ts';
import { entryOf, type YamlEntry, type YamlMap, type YamlNode } from './yaml-node.ts';

type Lists = ReadonlyMap<string, { readonly attribute: Attribute; readonly negated: boolean }>;

function lists(fields: Readonly<Record<string, Attribute>>): Lists {
  const found = new Map<string, { readonly attribute: Attribute; readonly negated: boolean }>();
  for (const [field, attribute] of Object.entries(fields)) {
    found.set(field, { attribute, negated: false });
    found.set(`not${field.charAt(0).toUpperCase()}${field.slice(1)}`, { attribute, negated: true });
  }
  return found;
}

const SOURCE = lists({
  principals: 'principal',
  namespaces: 'namespace',
  serviceAccounts: 'serviceAccount',
  trustDomains: 'trustDomain',
  ipBlocks: 'sourceIp',
});

const OPERATION = lists({ hosts: 'host', ports: 'port', methods: 'method', paths: 'path' });

const CONDITIONS: Readonly<Record<string, Attribute>> = {
  'source.principal': 'principal',
  'source.namespace': 'namespace',
  'source.serviceAccount': 'serviceAccount',
  'source.trustDomain': 'trustDomain',
  'source.ip': 'sourceIp',
  'destination.port': 'port',
  'connection.sni': 'sni',
};

const TOKENS = 'tokens of people are not read here; an application policy can decide on them';
const FORWARDED = 'only the address of the direct peer is known; use `ipBlocks`';

const UNSUPPORTED_SOURCE = {
  requestPrincipals: TOKENS,
  notRequestPrincipals: TOKENS,
  remoteIpBlocks: FORWARDED,
  notRemoteIpBlocks: FORWARDED,
};

/** By the beginning of the key; the rest stands in brackets. */
const UNSUPPORTED_CONDITIONS: readonly (readonly [prefix: string, hint: string])[] = [
  ['request.headers[', 'headers are not read: whoever sends a request writes them'],
  ['request.auth.', TOKENS],
  ['remote.ip', FORWARDED],
  ['destination.ip', 'use `selector` for the workload and `destination.port` for the port'],
  ['experimental.envoy.filters.', 'there is no Envoy whose metadata could be read'],
];

/** Undefined when the rule is no map; everything else that is wrong in it is reported and left out. */
export function checkRule(node: YamlNode, name: string, context: CheckContext): Rule | undefined {
  const { report } = context;
  if (node.kind !== 'map') return wrongType(name, 'a map', node, report);
  checkFields(node, { of: 'rule', known: ['from', 'to', 'when'] }, report);
  return {
    name,
    span: node.span,
    sources: alternatives(
      node,
      { list: 'from', item: 'source', fields: SOURCE, unsupported: UNSUPPORTED_SOURCE },
      context,
    ),
    operations: alternatives(node, { list: 'to', item: 'operation', fields: OPERATION, unsupported: {} }, context),
    conditions: conditionsOf(entryOf(node, 'when'), context),
  };
}

type Shape = {
  readonly list: 'from' | 'to';
  readonly item: 'source' | 'operation';
  readonly fields: Lists;
  readonly unsupported: Readonly<Record<string, string>>;
};

/** `from` or `to`: a list of maps, each of which wraps what it is about. */
function alternatives(rule: YamlMap, shape: Shape, context: CheckContext): readonly Clauses[] {
  const { report } = context;
  const entry = entryOf(rule, shape.list);
  if (entry === undefined) return [];
  if (entry.value.kind !== 'list') {
    wrongType(shape.list, 'a list', entry.value, report);
    return [];
  }
  const { items } = entry.value;
  if (items.length === 0) {
    const message = `${quote(shape.list)} is empty`;
    report({ code: 'mesh/empty-list', message, hint: 'remove it to match any', at: entry.value.span });
  }
  if (shape.list === 'from' && items.length > MAX_RULES) {
    const message = `\`from\` has at most ${MAX_RULES} sources, this one has ${items.length}`;
    report({ code: 'mesh/too-many', message, at: entry.keySpan });
    return [];
  }
  return items.map((item) => alternative(item, shape, context));
}

function alternative(node: YamlNode, { list, item, fields, unsupported }: Shape, context: CheckContext): Clauses {
  const { report } = context;
  if (node.kind !== 'map') {
    wrongType(list, `a list of maps with \`${item}\``, node, report);
    return [];
  }
  checkFields(node, { of: list, known: [item] }, report);
  const entry = entryOf(node, item);
  if (entry === undefined) {
    const message = `each item of ${quote(list)} has ${quote(item)}`;
    report({ code: 'mesh/missing-field', message, at: node.span });
    return [];
  }
  const map = asMap(entry, report);
  if (map === undefined) return [];
  checkFields(map, { of: item, known: [...fields.keys()], unsupported }, report);
  const clauses = map.entries.flatMap((field) => {
    const meaning = fields.get(field.key);
    return meaning === undefined ? [] : clauseOf(field, field.key, meaning, context);
  });
  const empty = map.entries.every(({ value }) => value.kind === 'list' && value.items.length === 0);
  if (empty) {
    const message = `${quote(item)} is empty`;
    report({ code: 'mesh/empty-list', message, hint: `remove ${quote(list)} to match any`, at: entry.keySpan });
  }
  checkIdentityFields(map, clauses, context);
  return clauses;
}

function clauseOf(
  entry: YamlEntry,
  field: string,
  { attribute, negated }: { readonly attribute: Attribute; readonly negated: boolean },
  context: CheckContext,
): readonly Clause[] {
  const values = asStrings(entry, context.report);
  if (entry.value.kind === 'list' && entry.value.items.length === 0) {
    const message = `the empty list ${quote(entry.key)} restricts nothing`;
    const hint = 'remove it, or name what is meant; no list means none';
    context.warn({ code: 'mesh/empty-list', message, hint, at: entry.keySpan });
    return [];
  }
  const clause: Clause = { attribute, negated, field, values, span: entry.value.span };
  checkValues(clause, context);
  return [clause];
}

/** Istio's rule: service accounts say namespace and principal already. */
function checkIdentityFields(source: YamlMap, clauses: Clauses, { report }: CheckContext): void {
  const account = clauses.find(({ attribute }) => attribute === 'serviceAccount');
  const other = clauses.find(({ attribute }) => attribute === 'principal' || attribute === 'namespace');
  if (account === undefined || other === undefined) return;
  const message = `a source has ${quote(account.field)} or ${quote(other.field)}, not both`;
  const hint = 'write two sources for either, or one list that says both';
  report({
    code: 'mesh/conflicting-fields',
    message,
    hint,
    at: entryOf(source, account.field)?.keySpan ?? account.span,
  });
}

function conditionsOf(entry: YamlEntry | undefined, context: CheckContext): Clauses {
  if (entry === undefined) return [];
  if (entry.value.kind !== 'list') {
    wrongType('when', 'a list', entry.value, context.report);
    return [];
  }
  return entry.value.items.flatMap((item) => conditionOf(item, context));
}

function conditionOf(node: YamlNode, context: CheckContext): Clauses {
  const { report } = context;
  if (node.kind !== 'map') {
    wrongType('when', 'a list of maps', node, report);
    return [];
  }
  checkFields(node, { of: 'when', known: ['key', 'values', 'notValues'] }, report);
  const keyEntry = entryOf(node, 'key');
  if (keyEntry === undefined) {
    report({ code: 'mesh/missing-field', message: 'each item of `when` has a `key`', at: node.span });
    return [];
  }
  const key = asString(keyEntry.value, 'key', report);
  if (key === undefined) return [];
  const attribute = Object.hasOwn(CONDITIONS, key.value) ? CONDITIONS[key.value] : undefined;
  if (attribute === undefined) {
    reportKey(key.value, keyEntry.value, context);
    return [];
  }
  const clauses = (['values', 'notValues'] as const).flatMap((field) => {
    const list = entryOf(node, field);
    return list === undefined ? [] : clauseOf(list, key.value, { attribute, negated: field === 'notValues' }, context);
  });
  if (clauses.length === 0) {
    const message = `the condition on ${quote(key.value)} has neither \`values\` nor \`notValues\``;
    report({ code: 'mesh/missing-field', message, at: node.span });
  }
  return clauses;
}

function reportKey(key: string, { span: at }: YamlNode, { report }: CheckContext): void {
  const hint = UNSUPPORTED_CONDITIONS.find(([prefix]) => key.startsWith(prefix))?.[1];
  if (hint !== undefined) {
    report({ code: 'mesh/unsupported-field', message: `the condition ${quote(key)} is not supported`, hint, at });
    return;
  }
  const known = Object.keys(CONDITIONS);
  const meant = nearestName(key, known);
  const first = meant === undefined ? '' : `did you mean ${quote(meant)}? `;
  const message = `${quote(key)} is no attribute of a request`;
  report({
    code: 'mesh/unknown-attribute',
    message,
    hint: `${first}the attributes are ${quoteList(known, 'and')}`,
    at,
  });
}
