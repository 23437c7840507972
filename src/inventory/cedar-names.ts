/** How subjects, actions and resources are called in Cedar: the `cedar` block of countersign.yaml. */
import * as z from 'zod';

import type { JsonObject } from '../kernel/json.ts';
import { type EntityUid, formatUid, isTypeName } from '../policy/cedar/entity-uid.ts';

export type CedarNames = {
  /** Before every name that is not given here: `Shop` makes `Shop::User` of `user`. Empty for none. */
  readonly namespace: string;
  /** By the type of a subject or a resource. */
  readonly types: ReadonlyMap<string, string>;
  /** By the name of an action. */
  readonly actions: ReadonlyMap<string, EntityUid>;
};

export const DEFAULT_CEDAR_NAMES: CedarNames = { namespace: '', types: new Map(), actions: new Map() };

/** A path, then an id in double quotes in which a quote and a backslash are escaped. */
const UID = /^(?<type>[\w:]+)::"(?<id>(?:[^"\\]|\\["\\])*)"$/su;

const typeName = z.string().refine(isTypeName, 'the name of a Cedar type, such as `Shop::User`');
const uid = z
  .string()
  .refine((text) => parseUid(text) !== undefined, 'the name of a Cedar action, such as `Shop::Action::"refund"`');

/** The block as it is written. */
export const cedarNamesSchema: z.ZodType<RawCedarNames> = z.strictObject({
  namespace: typeName.optional(),
  types: z.record(z.string(), typeName).optional(),
  actions: z.record(z.string(), uid).optional(),
});

export type RawCedarNames = {
  readonly namespace?: string | undefined;
  readonly types?: Readonly<Record<string, string>> | undefined;
  readonly actions?: Readonly<Record<string, string>> | undefined;
};

export function cedarNamesOf({ namespace = '', types = {}, actions = {} }: RawCedarNames): CedarNames {
  const uids = Object.entries(actions).flatMap(([name, text]) => {
    const action = parseUid(text);
    return action === undefined ? [] : [[name, action] as const];
  });
  return { namespace, types: new Map(Object.entries(types)), actions: new Map(uids) };
}

/** As the block would be written, in an order that does not depend on how it was: equal exactly when it means the same. */
export function storeCedarNames({ namespace, types, actions }: CedarNames): JsonObject {
  const sorted = <T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] => {
    return [...entries].toSorted(([one], [other]) => (one < other ? -1 : 1));
  };
  return {
    ...(namespace === '' ? {} : { namespace }),
    types: Object.fromEntries(sorted(types)),
    actions: Object.fromEntries(sorted(actions).map(([name, action]) => [name, formatUid(action)])),
  };
}

function parseUid(text: string): EntityUid | undefined {
  const { type = '', id = '' } = UID.exec(text)?.groups ?? {};
  return isTypeName(type) ? { type, id: id.replaceAll(/\\(["\\])/gu, '$1') } : undefined;
}
