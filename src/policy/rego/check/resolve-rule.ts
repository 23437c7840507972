/** Rules: parameters, then each body with what it gives. */
import { constant } from './constants.ts';
import { declaredNames, namesOf } from './declared-names.ts';
import { Frame } from './frame.ts';
import { Resolution, type Metadata, type Surroundings } from './resolution.ts';
import { resolveGiven } from './resolve-term.ts';
import { RESOLVING } from './resolving.ts';
import { needsEvaluation, type ResolvedBody, type ResolvedTerm } from './resolved.ts';
import type { RuleEntry } from './rule-tree.ts';
import { parametersOf } from './rule-tree.ts';
import { Scopes, type Declaration } from './scopes.ts';
import type { Body, Rule, Term } from '../syntax.ts';

export type ResolvedRule = {
  readonly frame: Frame;
  readonly parameters: readonly ResolvedTerm[];
  readonly choices: readonly ResolvedChoice[];
};

/** `keys`: the parts of the head behind its constant path. Only the first of several choices can have some. */
export type ResolvedChoice = {
  readonly body: ResolvedBody;
  readonly keys: readonly ResolvedTerm[];
  readonly value: ResolvedTerm;
  readonly head: Rule['head'];
};

/** Undefined where the parameters cannot be such. */
export function resolveRule(entry: RuleEntry, around: Surroundings, metadata: Metadata): ResolvedRule | undefined {
  const { rule, rest } = entry;
  const { head } = rule;
  const frame = new Frame();
  const { problems } = around;
  const before = problems.count;
  const declared = declareParameters(rule, frame, around);
  if (problems.count > before) return undefined;
  const given = head.kind === 'value' ? head.value : head.member;
  const first = { body: rule.body, value: given };
  const parameters: ResolvedTerm[] = [];
  const choices = [first, ...rule.alternatives].map(({ body, value }, index) => {
    const resolution = new Resolution(around, frame, new Scopes(frame, declared), RESOLVING, metadata);
    const names = new Set([...declared.keys(), ...declaredNames(body)]);
    return resolution.hide(names, () => {
      const choice = resolveChoice(resolution, { body, value, keys: index === 0 ? rest : [] });
      const inParameters = new Set<string>();
      for (const parameter of parametersOf(rule)) namesOf(parameter, inParameters);
      const supports = resolution.collect(() => {
        for (const [position, parameter] of parametersOf(rule).entries()) {
          const pattern = resolution.hide(inParameters, () =>
            resolveParameter(resolution, parameter, position, parameters),
          );
          if (index === 0) parameters.push(pattern);
        }
      });
      return { ...choice, body: [...choice.body, ...supports], head };
    });
  });
  return { frame, parameters, choices };
}

/** What must be evaluated is compared with the argument by each body. */
function resolveParameter(
  resolution: Resolution,
  parameter: Term,
  position: number,
  parameters: readonly ResolvedTerm[],
): ResolvedTerm {
  const term = resolution.term(parameter);
  const known = parameters[position];
  if (!needsEvaluation(term)) return known ?? term;
  const local = known ?? resolution.frame.fresh();
  resolution.emitUnify(local, term, parameter);
  return local;
}

type Choice = { readonly body: Body; readonly value: Term; readonly keys: readonly Term[] };

function resolveChoice(resolution: Resolution, { body, value, keys }: Choice): Omit<ResolvedChoice, 'head'> {
  let resolvedKeys: readonly ResolvedTerm[] = [];
  let given: ResolvedTerm = constant(true);
  const resolved = resolution.collect(() => {
    resolution.body(body);
    resolvedKeys = keys.map((key) => resolveKey(resolution, key));
    given = resolveGiven(resolution, value);
    resolution.reportUnused(resolution.scopes.unused());
  });
  return { body: resolved, keys: resolvedKeys, value: given };
}

/** As OPA sees it, `p[f(x)]` is `p[k]` with `k = f(x)` at the end of the body. */
function resolveKey(resolution: Resolution, key: Term): ResolvedTerm {
  const term = resolution.term(key);
  return term.kind === 'local' || term.kind === 'constant' ? term : resolution.hoist(term, key);
}

/** Every variable in the patterns of the parameters: they hide what the module means by their names. */
function declareParameters(rule: Rule, frame: Frame, around: Surroundings): ReadonlyMap<string, Declaration> {
  const declared = new Map<string, Declaration>();
  const visit = (term: Term): void => {
    switch (term.kind) {
      case 'variable':
        declare(declared, frame, term);
        return;
      case 'array':
        for (const element of term.elements) visit(element);
        return;
      case 'object':
        for (const { value } of term.entries) visit(value);
        return;
      case 'ref':
        if (term.path.length === 0) around.problems.add(around.source, term, ROOT_AS_PARAMETER);
        visit(term.head);
        for (const part of term.path) visit(part);
        return;
      case 'call':
        around.problems.add(around.source, term, CALL_IN_PARAMETER);
        return;
      case 'null':
      case 'boolean':
      case 'number':
      case 'string':
      case 'set':
      case 'arrayComprehension':
      case 'setComprehension':
      case 'objectComprehension':
      case 'template':
        return;
    }
  };
  for (const parameter of parametersOf(rule)) visit(parameter);
  return declared;
}

function declare(declared: Map<string, Declaration>, frame: Frame, at: Term & { kind: 'variable' }): void {
  const { name } = at;
  if (declared.has(name)) return;
  declared.set(name, { name, local: frame.named(name), occurrence: 'argument', at, uses: 0 });
}

const CALL_IN_PARAMETER = {
  code: 'rego/bad-parameter',
  message: 'a parameter cannot contain a call',
  hint: 'take a variable, and compare it in the body',
} as const;

const ROOT_AS_PARAMETER = {
  code: 'rego/shadowed-root',
  message: 'a parameter cannot be called `input` or `data`',
  hint: 'give it another name',
} as const;
