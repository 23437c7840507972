/** Policies as cedar-wasm is given them, and what it says of them as problems at places of their own texts. */
import type { Problem } from '../../../kernel/problem.ts';
import type { ParsedPolicies } from '../parse/parse-policies.ts';
import { printPolicy } from '../parse/print.ts';
import { sourceSpan } from '../../source-position.ts';
import type { PolicySyntax, ScopeConstraint, Slot, Span, TemplateLink } from '../syntax.ts';
import { utf16Offsets } from './byte-offsets.ts';
import { placeOf, problemOf } from './detailed-error.ts';
import type { CedarWasm } from './load-cedar-wasm.ts';
import { regroupChains } from './regroup-chains.ts';

/** A static policy, or a template with its links. The keys are ours: an id may be any text, and keys are harmless. */
export type Submission = {
  readonly key: string;
  readonly policy: PolicySyntax;
  readonly isTemplate: boolean;
  readonly links: readonly {
    readonly key: string;
    readonly policy: PolicySyntax;
    readonly values: TemplateLink['values'];
  }[];
  readonly text: string;
  /** Whether the text is a part of the source, so that places in it are places there. */
  readonly isVerbatim: boolean;
};

export function submissionsOf({ policies, templates }: ParsedPolicies): readonly Submission[] {
  const linksByTemplate = new Map<PolicySyntax, PolicySyntax[]>(templates.map((template) => [template, []]));
  const templateAt = new Map<object, Map<number, PolicySyntax>>();
  for (const template of templates) {
    const bySource = templateAt.get(template.source) ?? new Map<number, PolicySyntax>();
    templateAt.set(template.source, bySource.set(template.span.start, template));
  }
  const statics: PolicySyntax[] = [];
  for (const policy of policies) {
    // A linked policy stands where its template does.
    const template = templateAt.get(policy.source)?.get(policy.span.start);
    (template === undefined ? statics : (linksByTemplate.get(template) ?? [])).push(policy);
  }
  return [
    ...statics.map((policy, index) => ({ key: `p${index}`, isTemplate: false, links: [], ...submitted(policy) })),
    ...[...linksByTemplate].map(([template, links], index) => ({
      key: `t${index}`,
      isTemplate: true,
      links: links.map((policy, link) => ({ key: `l${index}-${link}`, policy, values: valuesOf(template, policy) })),
      ...submitted(template),
    })),
  ];
}

/** What has the JSON form, or stands as a text inside of it, is printed. */
function submitted(policy: PolicySyntax): Pick<Submission, 'policy' | 'text' | 'isVerbatim'> {
  const text = policy.source.text.slice(policy.span.start, policy.span.end);
  const isVerbatim = !/^[{"]/u.test(text);
  return { policy, text: isVerbatim ? text : printPolicy(policy), isVerbatim };
}

/** The same with its long chains regrouped, which takes less of the validator's stack; undefined where none is long. */
export function withShortChains(submission: Submission): Submission | undefined {
  const policy = regroupChains(submission.policy);
  return policy === submission.policy ? undefined : { ...submission, text: printPolicy(policy), isVerbatim: false };
}

/** What the link put into the slots of the template. */
function valuesOf(template: PolicySyntax, linked: PolicySyntax): TemplateLink['values'] {
  const values: { -readonly [S in Slot]?: TemplateLink['values'][S] } = {};
  for (const role of ['principal', 'resource'] as const) {
    const slot = entityOf(template[role]);
    const value = entityOf(linked[role]);
    if (typeof slot === 'string' && typeof value === 'object') values[slot] = value;
  }
  return values;
}

function entityOf(constraint: ScopeConstraint): ReturnType<typeof inOf> {
  return constraint.kind === '==' || constraint.kind === 'in' ? constraint.entity : inOf(constraint);
}

function inOf(constraint: ScopeConstraint): Extract<ScopeConstraint, { kind: 'is' }>['in'] {
  return constraint.kind === 'is' ? constraint.in : undefined;
}

export function policySetOf(submissions: readonly Submission[]): CedarWasm.PolicySet {
  const statics = submissions.filter(({ isTemplate }) => !isTemplate);
  const templates = submissions.filter(({ isTemplate }) => isTemplate);
  return {
    staticPolicies: Object.fromEntries(statics.map(({ key, text }) => [key, text])),
    templates: Object.fromEntries(templates.map(({ key, text }) => [key, text])),
    templateLinks: templates.flatMap(({ key: templateId, links }) =>
      links.map(({ key: newId, values }) => ({
        templateId,
        newId,
        values: values as Record<string, CedarWasm.EntityUid>,
      })),
    ),
  };
}

/** Finds the policy that an answer speaks of, by its key. */
export class Submitted {
  readonly #byKey = new Map<string, { readonly submission: Submission; readonly policy: PolicySyntax }>();

  constructor(submissions: readonly Submission[]) {
    for (const submission of submissions) {
      this.#byKey.set(submission.key, { submission, policy: submission.policy });
      for (const { key, policy } of submission.links) this.#byKey.set(key, { submission, policy });
    }
  }

  problem(code: string, key: string, error: CedarWasm.DetailedError): Problem {
    const { message, hint } = problemOf(code, error);
    const found = this.#byKey.get(key);
    if (found === undefined) return hint === undefined ? { code, message } : { code, message, hint };
    const { submission, policy } = found;
    const withHint = hint === undefined ? {} : { hint: hint.replace(PREFIX, '') };
    const text = `policy \`${policy.id}\`: ${message.replace(PREFIX, '')}`;
    return { code, message: text, ...withHint, at: sourceSpan(policy.source, spanOf(submission, error)) };
  }
}

/** It names the policy by our key. */
const PREFIX = /^for policy `[^`]*`, /u;

function spanOf({ policy, text, isVerbatim }: Submission, error: CedarWasm.DetailedError): Span {
  const place = isVerbatim ? placeOf(error, text, utf16Offsets(text)) : undefined;
  if (place === undefined) return policy.span;
  return { start: policy.span.start + place.start, end: policy.span.start + place.end };
}
