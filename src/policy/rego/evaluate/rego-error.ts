/** What ends a whole evaluation: conflicting values, an error of a built-in that is not forgiven, a limit. */
import type { Place } from '../program.ts';

export type RegoErrorCode = 'eval_conflict_error' | 'eval_builtin_error' | 'eval_type_error' | 'eval_cancel_error';

/** Thrown, because it must leave every loop at once; whoever evaluates catches it at the edge. */
export class RegoError extends Error {
  readonly code: RegoErrorCode;
  /** Of the call that was refused. */
  readonly at: Place | undefined;

  constructor(code: RegoErrorCode, message: string, at?: Place) {
    super(message);
    this.name = 'RegoError';
    this.code = code;
    this.at = at;
  }
}

export function conflictOf(what: 'complete' | 'function' | 'object'): never {
  switch (what) {
    case 'complete':
      throw new RegoError('eval_conflict_error', 'complete rules must not produce multiple outputs');
    case 'function':
      throw new RegoError('eval_conflict_error', 'functions must not produce multiple outputs for same inputs');
    case 'object':
      throw new RegoError('eval_conflict_error', 'object keys must be unique');
  }
}
