/** The second opinion: `@cedar-policy/cedar-wasm`, which is Cedar itself, asked in one call with everything. */
import { createRequire } from 'node:module';

import type * as CedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import type { EntityJson, PolicyJson, PolicySet } from '@cedar-policy/cedar-wasm/nodejs';

import type { World, WorldRequest } from './arbitrary-world.ts';

/** Ids in the order of their characters. */
export type Answer = {
  readonly decision: 'allow' | 'deny';
  readonly determining: readonly string[];
  readonly errors: readonly string[];
};

/** `refused`: policies, entities or request are not well formed, in Cedar's words. */
export type Opinion =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly why: string };

/** `crashed`: too deep for the stack that it has; says nothing about the text. */
export type ParseOpinion = 'accepted' | 'refused' | 'crashed';

export class Reference {
  #wasm: typeof CedarWasm = load();

  ask(policies: PolicySet, entities: World['entities'], request: WorldRequest): Opinion {
    const context = exactJson(request.context) as WasmContext;
    const answered = this.#wasm.isAuthorized({
      ...request,
      context,
      policies,
      entities: exactJson(entities) as EntityJson[],
      validateRequest: false,
    });
    if (answered.type === 'failure')
      return { kind: 'refused', why: answered.errors.map(({ message }) => message).join('; ') };
    const { decision, diagnostics } = answered.response;
    const errors = diagnostics.errors.map(({ policyId }) => policyId);
    return {
      kind: 'answered',
      answer: { decision, determining: diagnostics.reason.toSorted(), errors: errors.toSorted() },
    };
  }

  /** The JSON form of a policy or a template. It would lose digits of large integers, so they become small ones. */
  toJson(largeOrSmall: string, kind: 'policy' | 'template'): PolicyJson {
    const text = largeOrSmall.replaceAll(/\d{16,}/gu, '7');
    const answered = kind === 'policy' ? this.#wasm.policyToJson(text) : this.#wasm.templateToJson(text);
    if (answered.type === 'failure') throw new Error(answered.errors.map(({ message }) => message).join('; '));
    return answered.json;
  }

  /** Whether a text, with policies and templates, or a set is well formed. */
  parses(policies: string | PolicySet): ParseOpinion {
    try {
      const { checkParsePolicySet, policySetTextToParts } = this.#wasm;
      const { type } = typeof policies === 'string' ? policySetTextToParts(policies) : checkParsePolicySet(policies);
      return type === 'success' ? 'accepted' : 'refused';
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'RuntimeError') return 'refused';
      // What overflowed its stack answers nothing any more.
      this.#wasm = load();
      return 'crashed';
    }
  }
}

type WasmContext = Parameters<(typeof CedarWasm)['isAuthorized']>[0]['context'];

/** A module instance of its own. */
function load(): typeof CedarWasm {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@cedar-policy/cedar-wasm/nodejs');
  delete require.cache[path];
  return require(path) as typeof CedarWasm;
}

/** The call goes through JSON text: a bigint must become a number in it, with all its digits. */
export function exactJson(value: unknown): unknown {
  if (typeof value === 'bigint') return (JSON as { rawJSON?: (text: string) => unknown }).rawJSON?.(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(exactJson);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, exactJson(field)]));
}
