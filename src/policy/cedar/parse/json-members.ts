/** Members, strings and entities of the JSON form: taken where they are well formed, otherwise reported. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { EntityUid } from '../entity-uid.ts';
import { isTypeName } from './names.ts';
import type { JsonNode } from './json-tree.ts';
import type { Report } from './problem-list.ts';
import { quote, quoteList } from './quote.ts';

/** Stands where nothing could be read, in a policy that nobody will see. */
export const NO_ENTITY: EntityUid = { type: '', id: '' };

const NAMES: Readonly<Record<JsonNode['kind'], string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  null: '`null`',
};

/** Reports that `what`, such as "the scope", is not what it must be. */
export function refuseKind(node: JsonNode, what: string, wanted: string, report: Report): void {
  report('cedar/bad-json', `${what} must be ${wanted}, and is ${NAMES[node.kind]}`, node.span);
}

type Members<Required extends string, Optional extends string> = { readonly [Name in Required]: JsonNode } & {
  readonly [Name in Optional]?: JsonNode;
};

/** The members of an object that has all the required and none but these; undefined after reporting. */
export function membersOf<Required extends string, Optional extends string = never>(
  node: JsonNode,
  what: string,
  required: readonly Required[],
  report: Report,
  optional: readonly Optional[] = [],
): Members<Required, Optional> | undefined {
  if (node.kind !== 'object') {
    refuseKind(node, what, 'an object', report);
    return undefined;
  }
  const known: readonly string[] = [...required, ...optional];
  const found = new Map(node.members.map((member) => [member.name, member.value]));
  const unknown = node.members.filter(({ name }) => !known.includes(name));
  for (const { name, nameSpan } of unknown) {
    const nearest = nearestName(name, known);
    const hint =
      nearest === undefined ? `its fields are ${quoteList(known, 'and')}` : `did you mean ${quote(nearest)}?`;
    report('cedar/unknown-field', `${what} has no field ${quote(name)}`, nameSpan, hint);
  }
  const missing = required.filter((name) => !found.has(name));
  if (missing.length > 0) report('cedar/missing-field', `${what} lacks ${quoteList(missing, 'and')}`, node.span);
  return unknown.length > 0 || missing.length > 0
    ? undefined
    : (Object.fromEntries(found) as Members<Required, Optional>);
}

/** The string; empty after reporting that it is none. */
export function stringOf(node: JsonNode, what: string, report: Report): string {
  if (node.kind === 'string') return node.value;
  refuseKind(node, what, 'a string', report);
  return '';
}

export function elementsOf(node: JsonNode, what: string, report: Report): readonly JsonNode[] {
  if (node.kind === 'array') return node.elements;
  refuseKind(node, what, 'an array', report);
  return [];
}

/** The name of an entity type, in the one spelling that it has. */
export function typeNameOf(node: JsonNode, report: Report): string {
  const name = stringOf(node, 'the type of an entity', report);
  if (node.kind === 'string' && !isTypeName(name)) {
    const hint = 'a type is a name such as `User` or `Shop::User`, without white space and reserved words';
    report('cedar/bad-type-name', `${quote(name)} is not the name of an entity type`, node.span, hint);
  }
  return name;
}

/** `{ type, id }`, in scopes and links also inside of `__entity`. */
export function entityOf(node: JsonNode, report: Report): EntityUid {
  const escaped = node.kind === 'object' && node.members.length === 1 ? node.members[0] : undefined;
  const inner = escaped?.name === '__entity' ? escaped.value : node;
  const members = membersOf(inner, 'an entity', ['type', 'id'], report);
  if (members === undefined) return NO_ENTITY;
  return { type: typeNameOf(members.type, report), id: stringOf(members.id, 'the id of an entity', report) };
}
