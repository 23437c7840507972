/** Which lines of policies were evaluated by a run of tests. */
import { sourceSpan } from '../../source-position.ts';
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
 * A line counts where a rule or an expression begins on it. A rule is covered when it gave a value, an expression when
 * it was evaluated, whether it held or not.
 */
export class CoverageWatch {
  readonly #covered = new Map<string, Set<number>>();

  observe(event: Observed): void {
    if (event.kind === 'solution') this.#add(event.definition, event.definition.start);
    else if (event.kind === 'expression') this.#add(event.owner, event.expression.start);
  }

  #add({ source }: Pick<Definition, 'source'>, offset: number): void {
    let offsets = this.#covered.get(source.file);
    if (offsets === undefined) this.#covered.set(source.file, (offsets = new Set()));
    offsets.add(offset);
  }

  result(modules: readonly Module[]): Coverage {
    const files = modules.map((module) => fileCoverage(module, this.#covered.get(module.source.file) ?? new Set()));
    const coveredLines = files.reduce((sum, { covered }) => sum + covered.length, 0);
    const lines = files.reduce((sum, { notCovered }) => sum + notCovered.length, coveredLines);
    return { files, coveredLines, lines, percent: lines === 0 ? 100 : (100 * coveredLines) / lines };
  }
}

function fileCoverage(module: Module, offsets: ReadonlySet<number>): FileCoverage {
  const { source } = module;
  const lineOf = (offset: number): number => sourceSpan(source, { start: offset, end: offset }).line;
  const evaluated = new Set(Array.from(offsets, lineOf));
  const lines = new Set<number>();
  for (const rule of module.rules) {
    lines.add(lineOf(rule.start));
    for (const expression of expressionsIn(rule)) lines.add(lineOf(expression.start));
  }
  const all = [...lines].sort((a, b) => a - b);
  return {
    file: source.file,
    covered: all.filter((line) => evaluated.has(line)),
    notCovered: all.filter((line) => !evaluated.has(line)),
  };
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
