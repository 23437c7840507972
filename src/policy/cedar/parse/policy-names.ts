/** The ids of policies: given by their source, by an annotation, or by their position. */
import type { PolicySyntax } from '../syntax.ts';
import { slotsOf } from './links.ts';
import type { FoundPolicy } from './parse-json-policies.ts';
import type { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';

/**
 * Where the ids of policies come from whose source gives none: `position` is `policyN`, N counting such policies over
 * all files in order, as Cedar does; `annotation` is the value of `@id` where there is one, otherwise the position.
 */
export type IdSource = 'position' | 'annotation';

export type NamedPolicies = {
  readonly policies: readonly PolicySyntax[];
  readonly templates: readonly PolicySyntax[];
};

/** Reports ids that are not unique, and templates where there should be none or the other way round. */
export function namePolicies(found: readonly FoundPolicy[], ids: IdSource, problems: ProblemList): NamedPolicies {
  const named = new Map<string, PolicySyntax>();
  const policies: PolicySyntax[] = [];
  const templates: PolicySyntax[] = [];
  let position = 0;
  for (const { policy: unnamed, id: given, role } of found) {
    const annotated = ids === 'annotation' ? unnamed.annotations.get('id') : undefined;
    const id = given ?? annotated ?? `policy${position}`;
    if (given === undefined) position += 1;
    const policy: PolicySyntax = { id, ...unnamed };
    const report = problems.for(policy.source);
    const [slot] = slotsOf(policy);
    if (named.has(id)) {
      const hint = 'ids are unique among policies, templates and linked policies';
      report('cedar/duplicate-id', `there are two policies ${quote(id)}`, policy.span, hint);
    } else if (slot !== undefined && role === 'static') {
      const message = `the policy ${quote(id)} is a template: it has the slot ${quote(slot)}`;
      report('cedar/misplaced-slot', message, policy.span, 'templates stand in `templates`');
    } else if (slot === undefined && role === 'template') {
      const message = `the template ${quote(id)} has no slot`;
      report('cedar/no-slot', message, policy.span, 'policies without slots stand in `staticPolicies`');
    } else if (slot === undefined) policies.push(policy);
    else templates.push(policy);
    named.set(id, policy);
  }
  return { policies, templates };
}
