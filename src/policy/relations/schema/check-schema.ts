/** The names of a schema: that each means something, and something that may stand there, as SpiceDB has it. */
import type { Span } from '../../source-position.ts';
import { nearestName } from '../../../kernel/nearest-name.ts';
import { MAX_TYPE_STEPS } from './limits.ts';
import { reportCycles } from './permission-cycles.ts';
import type { ProblemList } from './problem-list.ts';
import type { AllowedSubject, ObjectDefinition, Relation, RelationSchema, SetExpression } from './schema.ts';
import { showSubject } from './show-subject.ts';
import { terminalTypes } from './terminal-subjects.ts';
import { wildcardSearch } from './wildcards.ts';

type Check = {
  readonly schema: RelationSchema;
  readonly problems: ProblemList;
  readonly wildcardBehind: ReturnType<typeof wildcardSearch>;
};

export function checkSchema(schema: RelationSchema, problems: ProblemList): void {
  const check: Check = { schema, problems, wildcardBehind: wildcardSearch(schema) };
  for (const definition of schema.definitions.values()) {
    if (problems.full) return;
    for (const relation of definition.relations.values()) checkRelation(check, definition, relation);
    for (const permission of definition.permissions.values()) {
      checkExpression(check, definition, permission.expression);
    }
    reportCycles(definition, problems);
  }
  if (problems.problems.length === 0) checkTypesOfPermissions(schema, problems);
}

function checkRelation(check: Check, definition: ObjectDefinition, relation: Relation): void {
  const { schema, problems } = check;
  const seen = new Set<string>();
  for (const subject of relation.allowed) {
    const shown = showSubject(subject);
    if (seen.has(shown)) {
      const message = `\`${shown}\` stands twice in the relation \`${relation.name}\``;
      problems.add({ code: 'relations/duplicate', message, start: subject.start, end: subject.end });
    }
    seen.add(shown);
    checkSubject(check, definition, subject);
    if (subject.caveat !== undefined && !schema.caveats.has(subject.caveat)) {
      const hint =
        subject.caveat === 'expiration'
          ? '`use expiration` at the top of the schema makes it a keyword'
          : didYouMean(subject.caveat, schema.caveats.keys());
      report(`there is no caveat \`${subject.caveat}\``, hint, subject, problems);
    }
  }
}

function checkSubject(check: Check, definition: ObjectDefinition, { type, subject, start, end }: AllowedSubject): void {
  const { schema, problems } = check;
  const target = schema.definitions.get(type);
  if (target === undefined) {
    const hint = didYouMean(type, schema.definitions.keys());
    report(`there is no definition \`${type}\``, hint, { start, end: start + type.length }, problems);
    return;
  }
  if (subject.kind !== 'userset') return;
  if (!hasMember(target, subject.relation)) {
    unknownMember(target, subject.relation, { start, end }, problems);
    return;
  }
  // SpiceDB lets a definition name its own relations in this way.
  const wildcard = target === definition ? undefined : check.wildcardBehind(target, subject.relation);
  if (wildcard === undefined) return;
  problems.add({
    code: 'relations/wildcard',
    message: `\`${type}#${subject.relation}\` includes the wildcard \`${wildcard.wildcard}\` of \`${wildcard.relation}\``,
    hint: 'a wildcard cannot be included through another relation: name it in this relation itself',
    start,
    end,
  });
}

function checkExpression(check: Check, definition: ObjectDefinition, expression: SetExpression): void {
  switch (expression.kind) {
    case 'union':
    case 'intersection':
      for (const operand of expression.operands) checkExpression(check, definition, operand);
      return;
    case 'exclusion':
      checkExpression(check, definition, expression.base);
      checkExpression(check, definition, expression.excluded);
      return;
    case 'computed': {
      if (hasMember(definition, expression.name)) return;
      const hint = expression.name === 'self' ? '`use self` at the top of the schema makes it a keyword' : undefined;
      unknownMember(definition, expression.name, expression, check.problems, hint);
      return;
    }
    case 'arrow':
      checkArrow(check, definition, expression);
      return;
    case 'nil':
    case 'self':
  }
}

/** The target is not looked for: a type that does not have it has nobody in it, and SpiceDB accepts that. */
function checkArrow(
  check: Check,
  definition: ObjectDefinition,
  { relation, start, end }: Span & { readonly relation: string },
): void {
  const { problems } = check;
  if (definition.permissions.has(relation)) {
    const message = `an arrow begins at a relation, and \`${relation}\` is a permission`;
    const near =
      definition.relations.size === 0 ? undefined : [...definition.relations.keys()].map((name) => `\`${name}\``);
    const hint = near === undefined ? undefined : `the relations of \`${definition.name}\` are: ${near.join(', ')}`;
    problems.add({ code: 'relations/arrow', message, hint, start, end });
    return;
  }
  if (!definition.relations.has(relation)) {
    unknownMember(definition, relation, { start, end }, problems);
    return;
  }
  const wildcard = check.wildcardBehind(definition, relation);
  if (wildcard === undefined) return;
  const via = wildcard.relation === `${definition.name}#${relation}` ? '' : ` through \`${wildcard.relation}\``;
  problems.add({
    code: 'relations/arrow',
    message: `an arrow cannot begin at \`${relation}\`, which includes the wildcard \`${wildcard.wildcard}\`${via}`,
    hint: 'an arrow goes from object to object: give the wildcard a relation of its own',
    start,
    end,
  });
}

/** What `use typechecking` says: each type that can be found below the permission has to be named. */
function checkTypesOfPermissions(schema: RelationSchema, problems: ProblemList): void {
  const budget = { steps: MAX_TYPE_STEPS };
  for (const definition of schema.definitions.values()) {
    for (const { name, types, start, end } of definition.permissions.values()) {
      if (types.length === 0) continue;
      const found = terminalTypes(schema, definition, name, budget);
      if (found === undefined) {
        const message = `the types of permissions take more than ${MAX_TYPE_STEPS} steps to check`;
        problems.add({ code: 'relations/limit', message, start, end });
        return;
      }
      const missing = [...found].filter((type) => !types.includes(type));
      if (missing.length === 0) continue;
      const shown = missing.map((type) => `\`${type}\``).join(', ');
      const message = `the permission \`${name}\` can be had by ${shown} as well, which its types do not say`;
      problems.add({ code: 'relations/types', message, start, end });
    }
  }
}

function hasMember(definition: ObjectDefinition, name: string): boolean {
  return definition.relations.has(name) || definition.permissions.has(name);
}

function unknownMember(
  { name, order }: ObjectDefinition,
  member: string,
  span: Span,
  problems: ProblemList,
  hint?: string,
): void {
  report(`\`${name}\` has no relation or permission \`${member}\``, hint ?? didYouMean(member, order), span, problems);
}

function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const near = nearestName(name, known);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

function report(message: string, hint: string | undefined, { start, end }: Span, problems: ProblemList): void {
  problems.add({ code: 'relations/unknown', message, hint, start, end });
}
