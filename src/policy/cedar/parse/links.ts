/** Templates and their links: a template has slots in its scope, a link fills them and makes a policy of it. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import type { PolicySyntax, ScopeConstraint, ScopeEntity, Slot, TemplateLink } from '../syntax.ts';
import { isTypeName } from './names.ts';
import { quote } from './quote.ts';

type LinkReport = (code: `cedar/${string}`, message: string, hint?: string) => void;

/** The slots that the policy has: none for one that is complete. */
export function slotsOf({ principal, resource }: Pick<PolicySyntax, 'principal' | 'resource'>): readonly Slot[] {
  return [slotOf(principal), slotOf(resource)].filter((slot) => slot !== undefined);
}

function slotOf(constraint: ScopeConstraint): Slot | undefined {
  const entity = entityOf(constraint);
  return typeof entity === 'string' ? entity : undefined;
}

function entityOf(constraint: ScopeConstraint): ScopeEntity | undefined {
  switch (constraint.kind) {
    case 'any':
      return undefined;
    case '==':
    case 'in':
      return constraint.entity;
    case 'is':
      return constraint.in;
  }
}

/** The linked policies in the order of their links; links that cannot be made are reported. */
export function linkTemplates(
  { policies, templates }: { readonly policies: readonly PolicySyntax[]; readonly templates: readonly PolicySyntax[] },
  links: readonly { readonly link: TemplateLink; readonly report: LinkReport }[],
): readonly PolicySyntax[] {
  const known = new Map(templates.map((template) => [template.id, template]));
  const ids = new Set([...policies, ...templates].map(({ id }) => id));
  const linked: PolicySyntax[] = [];
  for (const { link, report } of links) {
    const template = known.get(link.templateId);
    if (template === undefined) refuseTemplate(link, ids, known.keys(), report);
    else if (ids.has(link.newId)) {
      const hint = 'ids are unique among policies, templates and linked policies';
      report('cedar/duplicate-id', `there are two policies ${quote(link.newId)}`, hint);
    } else if (valuesFit(template, link, report)) linked.push(fillTemplate(template, link));
    ids.add(link.newId);
  }
  return linked;
}

function refuseTemplate(
  { templateId, newId }: TemplateLink,
  ids: ReadonlySet<string>,
  templates: Iterable<string>,
  report: LinkReport,
): void {
  const message = `the link ${quote(newId)} is to the template ${quote(templateId)}, which does not exist`;
  const nearest = nearestName(templateId, templates);
  const meant = nearest === undefined ? undefined : `did you mean ${quote(nearest)}?`;
  report('cedar/unknown-template', message, ids.has(templateId) ? 'the policy of this id has no slots' : meant);
}

/** Whether each slot of the template has a value, and nothing else has; reports otherwise. */
function valuesFit(template: PolicySyntax, { newId, values }: TemplateLink, report: LinkReport): boolean {
  const slots: readonly string[] = slotsOf(template);
  const given = Object.entries(values);
  const missing = slots.find((slot) => !given.some(([name]) => name === slot));
  const superfluous = given.find(([name]) => !slots.includes(name))?.[0];
  const malformed = given.find(([, uid]) => !isTypeName(uid.type) || !uid.id.isWellFormed())?.[1];
  if (missing !== undefined) {
    report('cedar/bad-link', `the link ${quote(newId)} gives no value for the slot ${quote(missing)}`);
  } else if (superfluous !== undefined) {
    const message = `the link ${quote(newId)} gives a value for ${quote(superfluous)}, which its template does not have`;
    report('cedar/bad-link', message);
  } else if (malformed !== undefined) {
    const message = `the link ${quote(newId)} gives as a value what is no entity: the type is ${quote(malformed.type)}`;
    report('cedar/bad-link', message);
  } else return true;
  return false;
}

/** The policy that the link makes; its places are those of the template. */
function fillTemplate(template: PolicySyntax, { newId, values }: TemplateLink): PolicySyntax {
  const principal = fill(template.principal, values);
  return { ...template, id: newId, principal, resource: fill(template.resource, values) };
}

function fill(constraint: ScopeConstraint, values: TemplateLink['values']): ScopeConstraint {
  const slot = slotOf(constraint);
  const entity = slot === undefined ? undefined : values[slot];
  if (entity === undefined || constraint.kind === 'any') return constraint;
  return constraint.kind === 'is' ? { ...constraint, in: entity } : { ...constraint, entity };
}
