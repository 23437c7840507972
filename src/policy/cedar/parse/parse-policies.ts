/** All policies of a set, from texts and from JSON: parsed, named, and with their templates linked. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { MAX_SOURCE_LENGTH } from '../limits.ts';
import type { PolicySource, PolicySyntax, TemplateLink } from '../syntax.ts';
import { jsonText } from './json-text.ts';
import { linkTemplates } from './links.ts';
import { type FoundPolicies, parseJsonPolicies } from './parse-json-policies.ts';
import { parsePolicyText } from './parse-policy.ts';
import { type IdSource, namePolicies } from './policy-names.ts';
import { ProblemList } from './problem-list.ts';
import { quote } from './quote.ts';
import { SourceText } from '../../source-position.ts';

export type PoliciesInput = {
  /**
   * Text of one unnamed file (`policies.cedar` in messages); several files, where one called `*.json` holds the JSON
   * form, which is a policy set or one policy; or a policy set in the JSON form as a value.
   */
  readonly policies: string | readonly PolicySource[] | JsonPolicySet;
  /** Besides those that JSON policy sets contain. */
  readonly links?: readonly TemplateLink[];
  /** Default: `position`. */
  readonly ids?: IdSource;
};

/** A policy in Cedar's JSON form, or its text. */
export type JsonPolicy = string | object;

/** Cedar's JSON form of policy sets; integers beyond 2^53 are given as bigint. */
export type JsonPolicySet = {
  /** By id; or without ids: a list, or the text of them all. */
  readonly staticPolicies?: string | readonly JsonPolicy[] | { readonly [id: string]: JsonPolicy };
  readonly templates?: { readonly [id: string]: JsonPolicy };
  readonly templateLinks?: readonly object[];
};

export type ParsedPolicies = {
  /** Static policies in their order, then the linked ones in the order of the links; none has a slot. */
  readonly policies: readonly PolicySyntax[];
  readonly templates: readonly PolicySyntax[];
};

/** Everything, or every problem that was found, up to `MAX_PROBLEMS`, each with its place. */
export function parsePolicies(input: PoliciesInput): Result<ParsedPolicies, readonly Problem[]> {
  const problems = new ProblemList();
  const found = sourcesOf(input.policies, problems).map((source) => parseSource(source, problems));
  const report: FoundPolicies['links'][number]['report'] = (code, message, hint) =>
    problems.add({ code, message, ...(hint === undefined ? {} : { hint }) });
  const links = [...found.flatMap((source) => source.links), ...(input.links ?? []).map((link) => ({ link, report }))];
  const named = namePolicies(
    found.flatMap((source) => source.policies),
    input.ids ?? 'position',
    problems,
  );
  // A template with a problem is missing among the templates: its links have none of their own.
  const linked = problems.problems.length === 0 ? linkTemplates(named, links) : [];
  if (problems.problems.length > 0) return err(problems.problems);
  return ok({ policies: [...named.policies, ...linked], templates: named.templates });
}

function sourcesOf(policies: PoliciesInput['policies'], problems: ProblemList): readonly PolicySource[] {
  if (typeof policies === 'string') return [new SourceText('policies.cedar', policies)];
  if (isSources(policies)) return policies.map(({ file, text }) => new SourceText(file, text));
  const json = jsonText(policies);
  if ('text' in json) return [new SourceText('policies.json', json.text)];
  const message = `the policy set cannot be read: ${json.message}`;
  problems.add({ code: 'cedar/bad-json', message });
  return [];
}

function isSources(policies: readonly PolicySource[] | JsonPolicySet): policies is readonly PolicySource[] {
  return Array.isArray(policies);
}

function parseSource(source: PolicySource, problems: ProblemList): FoundPolicies {
  const report = problems.for(source);
  const { file, text } = source;
  if (text.length > MAX_SOURCE_LENGTH) {
    const message = `${quote(file)} has ${text.length} characters, and ${MAX_SOURCE_LENGTH} are the most`;
    problems.add({ code: 'cedar/too-long', message });
    return { policies: [], links: [] };
  }
  const lone = /\p{Surrogate}/u.exec(text.isWellFormed() ? '' : text);
  if (lone !== null) {
    const span = { start: lone.index, end: lone.index + 1 };
    report('cedar/bad-text', 'half a surrogate pair is no character', span, 'save the file as UTF-8');
    return { policies: [], links: [] };
  }
  if (file.endsWith('.json')) return parseJsonPolicies(source, problems);
  const policies = parsePolicyText(source, problems).map(
    (policy) => ({ policy, id: undefined, role: 'either' }) as const,
  );
  return { policies, links: [] };
}
