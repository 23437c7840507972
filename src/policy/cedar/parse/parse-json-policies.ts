/** Policies, templates and links in Cedar's JSON form: a policy set, or one policy. */
import type { EntityUid } from '../entity-uid.ts';
import type { PolicySource, TemplateLink } from '../syntax.ts';
import { elementsOf, entityOf, membersOf, refuseKind, stringOf } from './json-members.ts';
import { readPolicy } from './json-policy.ts';
import { isJsonProblem, type JsonNode, readJsonTree } from './json-tree.ts';
import { parsePolicyText, type UnnamedPolicy } from './parse-policy.ts';
import type { ProblemList, Report } from './problem-list.ts';
import { quote } from './quote.ts';
import { SourceText } from '../../source-position.ts';

/** A policy as a source holds it: with its id, if the source gives one, and what it must be there. */
export type FoundPolicy = {
  readonly policy: UnnamedPolicy;
  readonly id: string | undefined;
  readonly role: 'static' | 'template' | 'either';
};

export type FoundLink = {
  readonly link: TemplateLink;
  /** Reports at the place of the link, where it has one. */
  readonly report: (code: `cedar/${string}`, message: string, hint?: string) => void;
};

export type FoundPolicies = { readonly policies: readonly FoundPolicy[]; readonly links: readonly FoundLink[] };

type Role = FoundPolicy['role'];

const SET_FIELDS = ['staticPolicies', 'templates', 'templateLinks'] as const;

export function parseJsonPolicies(source: PolicySource, problems: ProblemList): FoundPolicies {
  const file = new JsonFile(source, problems);
  const root = readJsonTree(source.text);
  if (isJsonProblem(root)) {
    file.report('cedar/bad-json', root.message, root.span);
    return { policies: [], links: [] };
  }
  if (root.kind !== 'object') {
    refuseKind(root, 'a policy set or a policy', 'an object', file.report);
    return { policies: [], links: [] };
  }
  const names = root.members.map(({ name }) => name);
  const isSet = names.length === 0 || SET_FIELDS.some((field) => names.includes(field));
  return isSet ? file.policySet(root) : { policies: file.policy(root, undefined, 'either'), links: [] };
}

class JsonFile {
  readonly #source: PolicySource;
  readonly #problems: ProblemList;
  readonly report: Report;

  constructor(source: PolicySource, problems: ProblemList) {
    this.#source = source;
    this.#problems = problems;
    this.report = problems.for(source);
  }

  policySet(root: JsonNode): FoundPolicies {
    const members = membersOf(root, 'a policy set', [], this.report, SET_FIELDS);
    if (members === undefined) return { policies: [], links: [] };
    const { staticPolicies, templates, templateLinks } = members;
    const policies = [
      ...(staticPolicies === undefined ? [] : this.#staticPolicies(staticPolicies)),
      ...(templates === undefined ? [] : this.#byId(templates, 'the templates', 'template')),
    ];
    const links = templateLinks === undefined ? [] : elementsOf(templateLinks, 'the template links', this.report);
    return { policies, links: links.flatMap((link) => this.#link(link)) };
  }

  /** One policy, as an object or as text; none after reporting. */
  policy(node: JsonNode, id: string | undefined, role: Role): readonly FoundPolicy[] {
    const policies = node.kind === 'string' ? this.#text(node, id) : [readPolicy(node, this.#source, this.report)];
    return policies.flatMap((policy) => (policy === undefined ? [] : [{ policy, id, role }]));
  }

  #staticPolicies(node: JsonNode): readonly FoundPolicy[] {
    if (node.kind === 'array') return node.elements.flatMap((element) => this.policy(element, undefined, 'static'));
    if (node.kind !== 'string') return this.#byId(node, 'the static policies', 'static');
    const text = this.#textSource(node.value, 'staticPolicies');
    const policies = parsePolicyText(text, this.#problems);
    return policies.map((policy) => ({ policy, id: undefined, role: 'static' }));
  }

  #byId(node: JsonNode, what: string, role: Role): readonly FoundPolicy[] {
    if (node.kind === 'object') return node.members.flatMap(({ name, value }) => this.policy(value, name, role));
    refuseKind(node, what, 'an object', this.report);
    return [];
  }

  /** The text of exactly one policy. */
  #text(node: JsonNode & { readonly kind: 'string' }, id: string | undefined): readonly UnnamedPolicy[] {
    const text = this.#textSource(node.value, id ?? 'policy');
    const before = this.#problems.problems.length;
    const policies = parsePolicyText(text, this.#problems);
    if (policies.length === 1 || this.#problems.problems.length > before) return policies;
    this.report('cedar/bad-json', `the text must hold one policy, and holds ${policies.length}`, node.span);
    return [];
  }

  /** Places in a text inside of the JSON are those in the text, under a name of its own. */
  #textSource(text: string, name: string): PolicySource {
    return new SourceText(`${this.#source.file}#${name}`, text);
  }

  #link(node: JsonNode): readonly FoundLink[] {
    const { report } = this;
    const members = membersOf(node, 'a template link', ['templateId', 'newId', 'values'], report);
    if (members === undefined) return [];
    const templateId = stringOf(members.templateId, 'the id of a template', report);
    const newId = stringOf(members.newId, 'the id of a linked policy', report);
    const link = { templateId, newId, values: this.#values(members.values) };
    return [{ link, report: (code, message, hint) => report(code, message, node.span, hint) }];
  }

  #values(node: JsonNode): TemplateLink['values'] {
    const values: { '?principal'?: EntityUid; '?resource'?: EntityUid } = {};
    if (node.kind !== 'object') refuseKind(node, 'the values of a template link', 'an object', this.report);
    for (const { name, nameSpan, value } of node.kind === 'object' ? node.members : []) {
      if (name === '?principal' || name === '?resource') values[name] = entityOf(value, this.report);
      else {
        const hint = 'the slots are `?principal` and `?resource`';
        this.report('cedar/unknown-field', `there is no slot ${quote(name)}`, nameSpan, hint);
      }
    }
    return values;
  }
}
