/** Which lines of policies were evaluated by a run of tests. */
import { type Span, sourceSpan } from '../../source-position.ts';
import type { Observed } from '../interpret/observer.ts';
import type { Definition } from '../program.ts';
import type { Expression, Module } from '../syntax.ts';

export type FileCoverage = {
  readonly file: string;
  /** In order: lines on which something was evaluated, and those on which nothing was. */
  readonly covered: readonly number[];
  readonly notCovered: readonly number[];
};

export type Coverage = {
  readonly files: readonly FileCoverage[];
  readonly coveredLines: number;
  readonly lines: number;
  /** From 0 to 100; of nothing, all is covered. */
  readonly percent: number;
};

/**
 * A line counts where a rule, an `else` or an expression begins on it. A rule and an `else` are covered when they gave a
 * value, an expression when it was evaluated, whether it held or not.
 */
export class CoverageWatch {
  readonly #files = new Map<string, Evaluated>();

  observe(event: Observed): void {
    if (event.kind === 'solution') {
      const { definition, choice } = event;
      this.#of(definition).choices.add(choiceKey(definition, choice));
    } else if (event.kind === 'expression') this.#of(event.owner).expressions.add(event.expression.start);
  }

  #of({ source }: Pick<Definition, 'source'>): Evaluated {
    let file = this.#files.get(source.file);
    if (file === undefined) this.#files.set(source.file, (file = { choices: new Set(), expressions: new Set() }));
    return file;
  }

  result(modules: readonly Module[]): Coverage {
    const files = modules.map((module) => fileCoverage(module, this.#files.get(module.source.file) ?? NOTHING));
    const coveredLines = files.reduce((sum, { covered }) => sum + covered.length, 0);
    const lines = files.reduce((sum, { notCovered }) => sum + notCovered.length, coveredLines);
    return { files, coveredLines, lines, percent: lines === 0 ? 100 : (100 * coveredLines) / lines };
  }
}

/** Of one file: bodies that gave a value, and where evaluated expressions begin. */
type Evaluated = { readonly choices: Set<string>; readonly expressions: Set<number> };

const NOTHING: Evaluated = { choices: new Set(), expressions: new Set() };

/** Which of a rule's bodies: its own, or that of its n-th `else`. */
function choiceKey({ start }: Span, choice: number): string {
  return `${start} ${choice}`;
}

function fileCoverage(module: Module, { choices, expressions }: Evaluated): FileCoverage {
  const { source } = module;
  const lines = new Map<number, boolean>();
  const add = (offset: number, isCovered: boolean): void => {
    const { line } = sourceSpan(source, { start: offset, end: offset });
    lines.set(line, isCovered || (lines.get(line) ?? false));
  };
  for (const rule of module.rules) {
    for (const [choice, { start }] of [rule, ...rule.alternatives].entries()) {
      add(start, choices.has(choiceKey(rule, choice)));
    }
    for (const { start } of expressionsIn(rule)) add(start, expressions.has(start));
  }
  const all = [...lines].sort(([a], [b]) => a - b);
  const those = (wanted: boolean): number[] => all.flatMap(([line, isCovered]) => (isCovered === wanted ? [line] : []));
  return { file: source.file, covered: those(true), notCovered: those(false) };
}

const KINDS: ReadonlySet<unknown> = new Set<Expression['kind']>([
  'term',
  'unify',
  'assign',
  'someIn',
  'every',
  'not',
  'and',
  'or',
]);

/** Wherever they stand: in bodies of rules, of `every`, of comprehensions. `some x` alone is a declaration. */
function* expressionsIn(node: unknown): Generator<Expression> {
  if (typeof node !== 'object' || node === null) return;
  if ('kind' in node && KINDS.has(node.kind)) yield node as Expression;
  for (const [name, child] of Object.entries(node)) if (name !== 'annotations') yield* expressionsIn(child);
}
