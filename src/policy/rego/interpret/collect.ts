/** Comprehensions and templates: what is made of all solutions of a body. */
import { printed } from '../evaluate/elements.ts';
import { conflictOf } from '../evaluate/rego-error.ts';
import type { RegoValue } from '../values/value.ts';
import { ObjectBuilder } from '../values/rego-map.ts';
import { SetBuilder } from '../values/rego-set.ts';
import type { Build } from './patterns.ts';
import { ENOUGH, type Give, type Solve } from './solve.ts';

export function collectArray(solve: Solve, element: Build): Give {
  return {
    kind: 'one',
    value: (frame, evaluation) => {
      const elements: RegoValue[] = [];
      solve(frame, evaluation, () => {
        elements.push(element(frame));
        return false;
      });
      return elements;
    },
  };
}

export function collectSet(solve: Solve, element: Build): Give {
  return {
    kind: 'one',
    value: (frame, evaluation) => {
      const builder = new SetBuilder();
      solve(frame, evaluation, () => {
        builder.add(element(frame));
        return false;
      });
      return builder.build();
    },
  };
}

export function collectObject(solve: Solve, key: Build, value: Build): Give {
  return {
    kind: 'one',
    value: (frame, evaluation) => {
      const builder = new ObjectBuilder();
      solve(frame, evaluation, () => {
        if (!builder.add(key(frame), value(frame))) conflictOf('object');
        return false;
      });
      return builder.build();
    },
  };
}

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly solve: Solve; readonly element: Build };

export function collectText(pieces: readonly Piece[]): Give {
  return {
    kind: 'one',
    value: (frame, evaluation) =>
      pieces
        .map((piece) => {
          if (piece.kind === 'text') return piece.text;
          const { solve, element } = piece;
          return solve(frame, evaluation, ENOUGH) ? printed(element(frame)) : '<undefined>';
        })
        .join(''),
  };
}
