/** Which package or rule the annotations of a module belong to. */
import type { Annotations, AnnotationScope, Import, Package, Rule, Term } from '../syntax.ts';
import { groundPrefix } from './ground.ts';
import type { WrittenAnnotations } from './parse-annotations.ts';
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';
import { string } from './terms.ts';

/** What annotations may stand above. */
type Statements = {
  readonly package: Package;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
};

type Attached = { readonly annotations: readonly Annotations[]; readonly rules: readonly Rule[] };

/** Annotations with their scopes, and the rules with those that apply to them; what cannot be is reported. */
export function attachAnnotations(
  written: readonly WrittenAnnotations[],
  statements: Statements,
  problems: ProblemList,
): Attached {
  if (written.length === 0) return { annotations: [], rules: statements.rules };
  const below: readonly Statement[] = [
    { kind: 'package' as const, start: statements.package.start },
    ...statements.imports.map(({ start }) => ({ kind: 'import', start }) as const),
    ...statements.rules.map((rule) => ({ kind: 'rule', start: rule.start, rule }) as const),
  ].toSorted((a, b) => a.start - b.start);
  const annotations = written.flatMap((each) => attach(each, firstBelow(below, each.start), problems));
  return { annotations, rules: annotateRules(annotations, statements.rules) };
}

type Statement =
  | { readonly kind: 'package' | 'import'; readonly start: number }
  | { readonly kind: 'rule'; readonly start: number; readonly rule: Rule };

function firstBelow(statements: readonly Statement[], offset: number): Statement | undefined {
  let low = 0;
  let high = statements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((statements[middle]?.start ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return statements[low];
}

function attach(
  written: WrittenAnnotations,
  statement: Statement | undefined,
  problems: ProblemList,
): readonly Annotations[] {
  const rule = statement?.kind === 'rule' ? statement.rule : undefined;
  const isPackage = statement?.kind === 'package';
  const scope = written.scope ?? defaultScope(rule, isPackage, written.entrypoint);
  const { start, end } = written;
  const refuse = (message: string, opa: string, hint?: string): readonly Annotations[] => {
    problems.add({ code: 'rego/bad-metadata', message, hint, opa, start, end });
    return [];
  };
  if (!isScope(scope)) {
    const found = scope === undefined ? 'nothing stands below it' : `not ${quote(scope)}`;
    const message = `metadata applies to \`rule\`, \`document\`, \`package\` or \`subpackages\`: ${found}`;
    const opa = `invalid annotation scope '${scope ?? ''}'. Use one of 'rule', 'document', 'package', or 'subpackages'`;
    return refuse(message, opa, 'metadata stands above the package or above a rule');
  }
  const isOfRule = scope === 'rule' || scope === 'document';
  if (isOfRule ? rule === undefined : !isPackage) {
    const what = isOfRule ? 'rule' : 'package';
    const opa = `annotation scope '${scope}' must be applied to ${what}`;
    return refuse(`metadata of the scope \`${scope}\` must stand above a ${what}`, opa);
  }
  if (written.entrypoint && scope !== 'document' && scope !== 'package') {
    const opa = `annotation entrypoint applied to non-document or package scope '${scope}'`;
    return refuse(`an entry point is a document or a package, not a ${scope}`, opa, 'write `scope: document`');
  }
  return [{ ...written, scope, target: rule === undefined ? [] : pathOf(rule) }];
}

function defaultScope(rule: Rule | undefined, isPackage: boolean, entrypoint: boolean): string | undefined {
  if (rule !== undefined) return entrypoint ? 'document' : 'rule';
  return isPackage ? 'package' : undefined;
}

function isScope(text: string | undefined): text is AnnotationScope {
  return text === 'rule' || text === 'document' || text === 'package' || text === 'subpackages';
}

function pathOf({ head }: Rule): readonly Term[] {
  return [string(head.ref.head.name, head.ref.head), ...groundPrefix(head.ref)];
}

/** The annotations of one path, by their places in the module. */
type PathGroup = {
  readonly ofDocument: number[];
  readonly ofRule: number[];
  /** The first of `ofRule` that stands below the rules seen so far. */
  next: number;
  /** Those of `ofRule` above the rules seen so far that no rule has taken. */
  readonly open: number[];
};

/**
 * A rule has all annotations of its path with the scope `document`, and those with the scope `rule` that stand above it
 * and that no rule before it has taken; it takes the last of them.
 */
function annotateRules(annotations: readonly Annotations[], rules: readonly Rule[]): readonly Rule[] {
  const groups = new Map<string, PathGroup>();
  for (const [index, { scope, target }] of annotations.entries()) {
    if (scope !== 'rule' && scope !== 'document') continue;
    const key = keyOf(target);
    const group = groups.get(key) ?? { ofDocument: [], ofRule: [], next: 0, open: [] };
    groups.set(key, group);
    (scope === 'document' ? group.ofDocument : group.ofRule).push(index);
  }
  return rules.map((rule) => {
    const group = groups.get(keyOf(pathOf(rule)));
    if (group === undefined) return rule;
    for (; (annotations[group.ofRule[group.next] ?? -1]?.start ?? Infinity) < rule.start; group.next += 1) {
      group.open.push(group.ofRule[group.next] ?? 0);
    }
    const indices = [...group.ofDocument, ...group.open].toSorted((a, b) => a - b);
    group.open.pop();
    return { ...rule, annotations: indices.flatMap((index) => annotations[index] ?? []) };
  });
}

/** Equal for equal terms, wherever they stand. */
function keyOf(path: readonly Term[]): string {
  return JSON.stringify(path, (name, value: unknown) => (name === 'start' || name === 'end' ? undefined : value));
}
