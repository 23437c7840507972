/** Terms: variables become locals or references, and what is nested becomes expressions before the one it stands in. */
import type { Comprehension, Ref, RefHead, Term, Variable } from '../syntax.ts';
import { isRoot } from '../parse/terms.ts';
import { arrayOf, objectOf, scalar, setOf } from './constants.ts';
import { declaredNames } from './declared-names.ts';
import type { Global } from './globals.ts';
import { resolveNestedCall } from './resolve-call.ts';
import { resolveTemplate } from './resolve-parts.ts';
import type { Resolution } from './resolution.ts';
import { parametersOf, pathText } from './rule-tree.ts';
import type { RegoValue } from '../values/value.ts';
import {
  needsEvaluation,
  type ResolvedComprehension,
  type ResolvedRef,
  type ResolvedTerm,
  type Root,
} from './resolved.ts';

export function resolveTerm(resolution: Resolution, term: Term): ResolvedTerm {
  switch (term.kind) {
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return scalar(term);
    case 'variable':
      return resolveVariable(resolution, term);
    case 'ref':
      return resolveRef(resolution, term);
    case 'call':
      return resolveNestedCall(resolution, term);
    case 'array':
      return arrayOf(term.elements.map((element) => resolution.term(element)));
    case 'set':
      return setOf(term.elements.map((element) => resolution.term(element)));
    case 'object':
      return objectOf(
        term.entries.map(({ key, value }) => ({ key: resolution.term(key), value: resolution.term(value) })),
      );
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
      return resolveComprehension(resolution, term);
    case 'template':
      return resolveTemplate(resolution, term);
  }
}

function resolveVariable(resolution: Resolution, variable: Variable): ResolvedTerm {
  const { name, start, end } = variable;
  const global = resolution.global(name);
  if (global === undefined) return resolution.scopes.use(name, variable);
  return checkedRef(resolution, { kind: 'ref', start, end, root: { kind: global.root }, path: prefixOf(global) });
}

function prefixOf({ path }: Global): readonly ResolvedTerm[] {
  return path.map((value) => ({ kind: 'constant', value }));
}

function resolveRef(resolution: Resolution, ref: Ref): ResolvedTerm {
  const { start, end } = ref;
  const { root, prefix } = resolveHead(resolution, ref);
  // `input` and `data` may be declared as variables, outside of v1.
  if (root.kind === 'local' && ref.path.length === 0) return root;
  const path = [...prefix, ...ref.path.map((part) => resolution.term(part))];
  return checkedRef(resolution, { kind: 'ref', start, end, root, path });
}

/** A function has no value that could be read. */
function checkedRef(resolution: Resolution, ref: ResolvedRef): ResolvedRef {
  let node = ref.root.kind === 'data' ? resolution.around.tree : undefined;
  const path: RegoValue[] = [];
  for (const part of ref.path) {
    node = part.kind === 'constant' ? node?.children.get(part.value) : undefined;
    if (node === undefined || part.kind !== 'constant') return ref;
    path.push(part.value);
    const [entry] = node.entries;
    if (entry === undefined || parametersOf(entry.rule).length === 0) continue;
    const message = `\`${pathText(path)}\` is a function, which has no value until it is called`;
    resolution.report(ref, { code: 'rego/function-as-value', message, hint: 'call it with its arguments' });
    return ref;
  }
  return ref;
}

type Head = { readonly root: Root; readonly prefix: readonly ResolvedTerm[] };

function resolveHead(resolution: Resolution, { head, path }: Ref): Head {
  if (head.kind !== 'variable') return { root: hoistHead(resolution, head), prefix: [] };
  const { name } = head;
  const global = resolution.global(name);
  if (global !== undefined) return { root: { kind: global.root }, prefix: prefixOf(global) };
  if (isRoot(name)) {
    const declared = resolution.scopes.find(name);
    if (declared === undefined || declared.occurrence === 'seen') {
      if (path.length > 0) resolution.scopes.see(name);
      return { root: { kind: name === 'input' ? 'input' : 'data' }, prefix: [] };
    }
  }
  return { root: resolution.scopes.use(name, head), prefix: [] };
}

function hoistHead(resolution: Resolution, head: Exclude<RefHead, Variable>): Root {
  const term = resolution.term(head);
  return term.kind === 'local' ? term : resolution.hoist(term, head);
}

function resolveComprehension(resolution: Resolution, term: Comprehension): ResolvedComprehension {
  const { start, end, body } = term;
  return resolution.hide(declaredNames(body), () =>
    resolution.scoped(() => {
      if (term.kind !== 'objectComprehension') {
        let element: ResolvedTerm | undefined;
        const inner = resolution.collect(() => {
          resolution.body(body);
          element = resolveGiven(resolution, term.element);
        });
        return { kind: term.kind, start, end, element: element as ResolvedTerm, body: inner };
      }
      let key: ResolvedTerm | undefined;
      let value: ResolvedTerm | undefined;
      const inner = resolution.collect(() => {
        resolution.body(body);
        key = resolveGiven(resolution, term.key);
        value = resolveGiven(resolution, term.value);
      });
      return { kind: term.kind, start, end, key: key as ResolvedTerm, value: value as ResolvedTerm, body: inner };
    }),
  );
}

/** What a body gives, where it has been evaluated: a pattern. */
export function resolveGiven(resolution: Resolution, given: Term): ResolvedTerm {
  return resolution.unmodified(() => {
    const term = resolution.term(given);
    return needsEvaluation(term) ? resolution.hoist(term, given) : term;
  });
}
