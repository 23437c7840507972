/** `@cedar-policy/cedar-wasm` at its best: policies parsed before, and of the entities those alone that are needed. */
import type { EntityJson as WasmEntity } from '@cedar-policy/cedar-wasm/nodejs';

import type { EntityUid } from '../../src/policy/cedar/entity-uid.ts';
import { type CallTimes, CallTiming } from '../call-timing.ts';
import type { Question, Workload } from './workload.ts';

const WARM_UP = 100;

export type WasmTimes = CallTimes & { readonly decisions: string };

export async function runWasmPeer(workload: Workload, questions: readonly Question[]): Promise<WasmTimes> {
  const { preparsePolicySet, statefulIsAuthorized } = await import('@cedar-policy/cedar-wasm/nodejs');
  const parsed = preparsePolicySet(workload.name, { staticPolicies: workload.policies });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  const slice = slicer(workload);
  const calls = questions.map((question) => {
    return { ...question, context: {}, preparsedPolicySetId: workload.name, entities: slice(question) };
  });
  const answer = (call: (typeof calls)[number]): string => {
    const answered = statefulIsAuthorized(call);
    if (answered.type === 'failure') throw new Error(JSON.stringify(answered.errors));
    return answered.response.decision;
  };
  const decisions = calls.map((call) => (answer(call) === 'allow' ? 'a' : 'd')).join('');
  for (const call of calls.slice(0, WARM_UP)) answer(call);
  const timing = new CallTiming(answer);
  timing.timeSingly(calls);
  timing.timeTogether(calls);
  return { ...timing.times(), decisions };
}

/**
 * Principal, action and resource with their attributes and ancestors, and the entities that an attribute of theirs is,
 * with attributes alone: as far as the policies of the workloads look. Of ancestors no attribute is read.
 */
function slicer({ entities, schema }: Workload): (question: Question) => WasmEntity[] {
  const byKey = new Map(entities.map((entity) => [keyOf(plainUid(entity.uid)), entity as unknown as WasmEntity]));
  for (const { uid, parents } of schema.actions.values()) {
    byKey.set(keyOf(uid), { uid, attrs: {}, parents: [...parents] });
  }
  const find = (uid: EntityUid): WasmEntity | undefined => byKey.get(keyOf(uid));
  return ({ principal, action, resource }) => {
    const roots = [principal, action, resource].flatMap((uid) => find(uid) ?? []);
    const slice = new Map<string, WasmEntity>();
    for (const entity of roots.flatMap((root) => [...referencesIn(root.attrs)]).flatMap((uid) => find(uid) ?? [])) {
      slice.set(keyOf(plainUid(entity.uid)), { ...entity, parents: [] });
    }
    const addAncestors = ({ parents }: WasmEntity): void => {
      for (const uid of parents.map(plainUid)) {
        const [parent, known] = [find(uid), slice.get(keyOf(uid))];
        if (parent === undefined || known?.parents === parent.parents) continue;
        slice.set(keyOf(uid), { uid, attrs: known?.attrs ?? {}, parents: parent.parents });
        addAncestors(parent);
      }
    };
    for (const root of roots) addAncestors(root);
    for (const root of roots) slice.set(keyOf(plainUid(root.uid)), root);
    return [...slice.values()];
  };
}

function plainUid(uid: unknown): EntityUid {
  const { type, id } = (uid as { readonly __entity?: EntityUid }).__entity ?? (uid as EntityUid);
  return { type, id };
}

function keyOf({ type, id }: EntityUid): string {
  return JSON.stringify([type, id]);
}

/** Attributes that are an entity; nothing is read of the members of a set. */
function referencesIn(attributes: WasmEntity['attrs']): EntityUid[] {
  return Object.values(attributes).flatMap((value) => {
    return typeof value === 'object' && value !== null && '__entity' in value ? [plainUid(value)] : [];
  });
}
