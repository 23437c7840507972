/** The name of an entity: its type, with namespaces, and its id; both compared byte for byte. */

/** `type` is a path such as `Shop::User`; `id` is any string, also the empty one. */
export type EntityUid = { readonly type: string; readonly id: string };
