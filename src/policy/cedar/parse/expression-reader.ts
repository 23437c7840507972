/** What reading one expression of the JSON form needs to know: whom to tell of problems, and how deep it may go. */
import { MAX_EXPRESSION_DEPTH } from '../limits.ts';
import type { Expression, Span } from '../syntax.ts';
import type { Report } from './problem-list.ts';

export type ExpressionReader = {
  readonly report: Report;
  /** Whether a node may be so deep; reports it otherwise. */
  readonly allows: (depth: number, span: Span) => boolean;
};

export function expressionReader(report: Report): ExpressionReader {
  return {
    report,
    allows(depth, span) {
      if (depth <= MAX_EXPRESSION_DEPTH) return true;
      const message = `an expression nests at most ${MAX_EXPRESSION_DEPTH} deep`;
      report('cedar/too-deep', message, span, 'only `&&` and `||` may be chained without end');
      return false;
    },
  };
}

/** Stands where nothing could be read, in a tree that nobody will see. */
export function nothing(span: Span): Expression {
  return { span, kind: 'literal', value: false };
}
