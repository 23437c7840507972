/** The expression that failed in words: what it read, and why it did not hold. */
import { build } from '../interpret/patterns.ts';
import type { Expression, Pattern, Reference, RuleSet } from '../program.ts';
import { sourceSpan } from '../../source-position.ts';
import { get } from '../values/access.ts';
import type { RegoValue } from '../values/value.ts';
import type { FailedExpression, ReadValue } from './explanation.ts';
import { MAX_INNER, MAX_VALUES } from './limits.ts';
import { addLocals, knownPath, type ProgramIndex } from './program-index.ts';
import type { Attempt, Recorder, RuleRecord, Trail } from './recorder.ts';
import { type IsSecret, shortened, shownValue } from './shown-value.ts';
import { SourceWriter } from './source-text.ts';

export type Explaining = { readonly index: ProgramIndex; readonly recorder: Recorder; readonly isSecret: IsSecret };

/** Absent where nothing failed: the body was left because nothing more of it was wanted. */
export function failedExpression(
  { attempt, tried }: Trail,
  package_: readonly string[],
  explaining: Explaining,
  depth: number = 0,
): FailedExpression | undefined {
  if (attempt === undefined) return undefined;
  const { expression, refused } = attempt;
  const { source } = explaining.index.placeOf(expression).owner;
  const because = reasonOf(attempt, explaining.index);
  const inner =
    attempt.inner === undefined || depth >= MAX_INNER
      ? undefined
      : failedExpression(attempt.inner, package_, explaining, depth + 1);
  return {
    at: sourceSpan(source, expression),
    text: shortened(source.text.slice(expression.start, expression.end)),
    because,
    values: readValues(attempt, package_, explaining).slice(0, MAX_VALUES),
    tried,
    ...(refused === undefined ? {} : { error: `${refused.name}: ${refused.message}` }),
    rules: responsible(attempt).map(({ set }) => ruleName(set)),
    ...(inner === undefined ? {} : { inner }),
  };
}

export function ruleName({ path }: RuleSet): string {
  const writer = new SourceWriter(new Map(), [], []);
  const parts = path.map((value) => ({ kind: 'constant', value }) as const);
  return writer.reference({ kind: 'reference', root: { kind: 'data' }, path: parts });
}

/** The rules for which it failed: those that gave nothing; where it negates, those that gave something. */
export function responsible({ expression, records }: Attempt): readonly RuleRecord[] {
  const wanted = expression.kind !== 'not';
  return records.filter(({ value, set }) => {
    const isNothing = value === undefined || value === false || set.kind === 'set' || set.kind === 'object';
    return wanted ? isNothing : value !== undefined;
  });
}

function reasonOf({ expression, refused, given }: Attempt, index: ProgramIndex): FailedExpression['because'] {
  if (refused !== undefined) return 'error';
  switch (expression.kind) {
    case 'not':
      return 'negated';
    case 'every':
      return 'element';
    case 'or':
      return 'alternatives';
    case 'test':
      return given.has(expression) ? 'false' : 'undefined';
    case 'unify': {
      // The second half of an equation of two references: the first has a value.
      const isHalf = expression.pattern.kind === 'local' && index.placeOf(expression).bound.has(expression.pattern.id);
      if (given.has(expression)) return 'different';
      return isHalf && expression.source.kind === 'pattern' ? 'different' : 'undefined';
    }
  }
}

function readValues(attempt: Attempt, package_: readonly string[], explaining: Explaining): readonly ReadValue[] {
  const { index, isSecret } = explaining;
  const parts = index.written(attempt.expression);
  const { names } = index.placeOf(attempt.expression).owner;
  const writer = new SourceWriter(names, index.before(attempt.expression), package_);
  const found = new Map<string, string>();
  const add = (expression: string, value: RegoValue | undefined): void => {
    const name = /[A-Za-z_]\w*(?="?\]?$)/u.exec(expression)?.[0];
    if (!found.has(expression))
      found.set(expression, name !== undefined && isSecret(name) ? '***' : shownValue(value, isSecret));
  };
  for (const part of parts) {
    for (const [id, name] of namedLocals(part, names)) {
      if (index.placeOf(part).bound.has(id)) add(name, attempt.frame[id]);
    }
    if (part.kind === 'every') add(writer.pattern(part.domain), build(part.domain)([...attempt.frame]));
    if (!('source' in part) || part.source.kind === 'pattern') continue;
    if (part.source.kind === 'reference') {
      const { bound } = index.placeOf(part);
      const known = { ...part.source, path: knownPath(part.source, bound) };
      const value =
        known.path.length < part.source.path.length ? valueAt(known, attempt, explaining) : attempt.given.get(part);
      if (value === undefined) addUndefined(known, attempt, explaining, writer, add);
      else add(writer.reference(known), value);
    } else if (part.kind === 'unify' || part.source.kind === 'function') {
      add(writer.source(part.source), attempt.given.get(part));
    }
  }
  return [...found].map(([expression, value]) => ({ expression, value: shortened(value) }));
}

/** The shortest beginning that is undefined says more than all of it. */
function addUndefined(
  reference: Reference,
  attempt: Attempt,
  explaining: Explaining,
  writer: SourceWriter,
  add: (expression: string, value: RegoValue | undefined) => void,
): void {
  const { path } = reference;
  const beginnings = path.map((_, length) => ({ ...reference, path: path.slice(0, length) }));
  // Below `data` the first parts are packages, which are no values by themselves.
  const readable = beginnings.filter(
    (each) => each.root.kind !== 'data' || explaining.index.ruleAt(each) !== undefined,
  );
  const at = readable.findIndex((each) => valueAt(each, attempt, explaining) === undefined);
  const above = at < 0 ? readable.at(-1) : readable[at - 1];
  if (above !== undefined && saysMore(above, attempt, explaining)) {
    add(writer.reference(above), valueAt(above, attempt, explaining));
  }
  add(writer.reference(readable[at] ?? reference), undefined);
}

/** All of the input says too much, and a partial rule that was asked for one key has nothing but that. */
function saysMore(reference: Reference, { evaluation }: Attempt, { index, recorder }: Explaining): boolean {
  if (reference.root.kind === 'local') return true;
  const set = index.ruleAt(reference);
  return reference.path.length > 0 && (set === undefined || recorder.recordIn(evaluation, set)?.values.length === 0);
}

function valueAt(
  { root, path }: Reference,
  { frame, evaluation }: Attempt,
  { index, recorder }: Explaining,
): RegoValue | undefined {
  const keys = path.map((part) => build(part)([...frame]));
  const walk = (from: RegoValue | undefined, parts: readonly RegoValue[]): RegoValue | undefined =>
    parts.reduce<RegoValue | undefined>((value, key) => (value === undefined ? undefined : get(value, key)), from);
  switch (root.kind) {
    case 'input':
      return walk(evaluation.input, keys);
    case 'local':
      return walk(frame[root.id], keys);
    case 'data': {
      const set = index.ruleAt({ kind: 'reference', root, path });
      if (set === undefined) return walk(evaluation.data, keys);
      return walk(recorder.recordIn(evaluation, set)?.value, keys.slice(set.path.length));
    }
  }
}

function namedLocals(
  expression: Expression,
  names: ReadonlyMap<number, string>,
): readonly (readonly [id: number, name: string])[] {
  const locals = new Set<number>();
  const addAll = (patterns: readonly Pattern[]): void => {
    for (const pattern of patterns) addLocals(pattern, locals);
  };
  if (expression.kind === 'unify') addLocals(expression.pattern, locals);
  if (expression.kind === 'every') addLocals(expression.domain, locals);
  if ('source' in expression) {
    const { source } = expression;
    if (source.kind === 'pattern') addLocals(source.pattern, locals);
    if (source.kind === 'reference') addAll(source.path);
    if (source.kind === 'builtin' || source.kind === 'function') addAll(source.arguments);
  }
  return [...locals].flatMap((id) => {
    const name = names.get(id);
    return name === undefined ? [] : [[id, name] as const];
  });
}
