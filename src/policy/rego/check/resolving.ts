/** The resolvers of terms and bodies, put together. */
import type { Steps } from './resolution.ts';
import { resolveBody } from './resolve-expression.ts';
import { resolveTerm } from './resolve-term.ts';

export const RESOLVING: Steps = { term: resolveTerm, body: resolveBody };
