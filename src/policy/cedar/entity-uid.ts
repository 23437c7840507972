/** The name of an entity: its type, with namespaces, and its id; both compared byte for byte. */

/** `type` is a path such as `Shop::User`; `id` is any string, also the empty one. */
export type EntityUid = { readonly type: string; readonly id: string };

const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*(?:::[_a-zA-Z][_a-zA-Z0-9]*)*$/u;
const RESERVED = /(?:^|:)(?:true|false|if|then|else|in|is|like|has|__cedar)(?::|$)/u;

/** Whether a text can name an entity type: identifiers joined by `::`, none of them reserved, no space anywhere. */
export function isTypeName(text: string): boolean {
  return NAME.test(text) && !RESERVED.test(text);
}

/** Actions are the entities whose type is `Action`, in whatever namespace. */
export function isActionType(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action');
}

/** As in a policy, `Shop::User::"alice"`; different for different names, so it serves as a key as well. */
export function formatUid(uid: EntityUid): string {
  return `${uid.type}::${JSON.stringify(uid.id)}`;
}
