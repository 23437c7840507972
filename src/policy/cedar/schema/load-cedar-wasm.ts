/** The official implementation of Cedar, `@cedar-policy/cedar-wasm`, loaded when something is first asked of it. */
import type * as CedarWasm from '@cedar-policy/cedar-wasm';

import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';

export type { CedarWasm };

/** What the validator has, a megabyte of stack, is enough for about 150 nested expressions. */
const OUT_OF_STACK: Problem = {
  code: 'cedar/validator-failed',
  message: 'the validator ran out of its stack, most likely because something is nested deeper than it can follow',
  hint: 'split what is nested more than 100 levels deep',
};

/**
 * Asks it something. Its code never throws by itself: when WebAssembly stops it, what it was asked was too much for it,
 * and the instance is of no more use.
 */
export async function askCedarWasm<T>(ask: (cedar: typeof CedarWasm) => T): Promise<Result<T>> {
  const cedar = await loadCedarWasm();
  try {
    return ok(ask(cedar));
  } catch (error) {
    if (!isTrap(error)) throw error;
    forgetCedarWasm();
    return err(OUT_OF_STACK);
  }
}

/** `WebAssembly.RuntimeError`, or JavaScript's own stack that ended first. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError');
}

const NODE_BUILD = '@cedar-policy/cedar-wasm/nodejs';

/** The instance is kept where the runtime keeps its modules. */
async function loadCedarWasm(): Promise<typeof CedarWasm> {
  const require = nodeRequire();
  if (require !== undefined) return require(NODE_BUILD) as typeof CedarWasm;
  // `imports` of package.json: in a bundle for browsers it is the build that must be started first.
  const loaded: unknown = await import('#cedar-wasm');
  const cedar = loaded as typeof CedarWasm & { readonly default: () => Promise<unknown> };
  await cedar.default();
  return cedar;
}

/** So that Node makes another one. A browser cannot: there the next page, or the next worker, has a new one. */
function forgetCedarWasm(): void {
  const require = nodeRequire();
  if (require !== undefined) delete require.cache[require.resolve(NODE_BUILD)];
}

/** Asked of the runtime and not imported, so that a bundle for the browser does not look for it. */
function nodeRequire(): NodeJS.Require | undefined {
  const runtime: { readonly process?: Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> } = globalThis;
  return runtime.process?.getBuiltinModule?.('node:module').createRequire(import.meta.url);
}
