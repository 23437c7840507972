/** SpiceDB's schema language: from text to a schema whose names all mean something, or all that is wrong with it. */
import type { Problem } from '../../../kernel/problem.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';
import { SourceText, type PolicySource } from '../../source-position.ts';
import { CelEnvironment } from '../caveat/cel-environment.ts';
import { compileCaveat } from '../caveat/compile-caveat.ts';
import { checkSchema } from './check-schema.ts';
import { partialExpansion, type OwnMember } from './expand-partials.ts';
import { MAX_CAVEATS, MAX_SCHEMA_LENGTH } from './limits.ts';
import { parseSyntax } from './parse-syntax.ts';
import type { ProblemList } from './problem-list.ts';
import type { CaveatDefinition, ObjectDefinition, Permission, Relation, RelationSchema } from './schema.ts';
import type { ObjectSyntax, SchemaSyntax } from './syntax.ts';
import { TokenCursor } from './token-cursor.ts';

/** The problems stand in the order of their places; those of the caveats' expressions are among them. */
export function parseSchema({ file, text }: PolicySource): Result<RelationSchema, readonly Problem[]> {
  if (text.length > MAX_SCHEMA_LENGTH) {
    const message = `the schema has ${text.length} characters, and ${MAX_SCHEMA_LENGTH} are the most`;
    return err([{ code: 'relations/limit', message }]);
  }
  const cursor = new TokenCursor(new SourceText(file, text));
  const { problems } = cursor;
  const syntax = parseSyntax(cursor);
  const complete = problems.problems.length === 0;
  const schema = assemble(cursor.source, syntax, cursor.flags.has('typechecking'), problems);
  // A definition that could not be read is missing: what names it would be reported for nothing.
  if (complete) checkSchema(schema, problems);
  checkCaveats(schema, problems);
  return problems.problems.length > 0 ? err(problems.sorted()) : ok(schema);
}

function checkCaveats({ source, caveats }: RelationSchema, problems: ProblemList): void {
  const environment = new CelEnvironment();
  for (const [index, caveat] of [...caveats.values()].entries()) {
    if (problems.full) return;
    if (index === MAX_CAVEATS) {
      const message = `the schema has ${caveats.size} caveats, and ${MAX_CAVEATS} are the most`;
      problems.add({ code: 'relations/limit', message, start: caveat.start, end: caveat.end });
      return;
    }
    const compiled = compileCaveat(caveat, source, environment);
    if (!compiled.ok) for (const problem of compiled.problem) problems.addPlaced(problem);
  }
}

function assemble(source: PolicySource, syntax: SchemaSyntax, typed: boolean, problems: ProblemList): RelationSchema {
  const definitions = new Map<string, ObjectDefinition>();
  const caveats = new Map<string, CaveatDefinition>();
  const taken = new Map<string, string>(syntax.partials.map(({ name }) => [name, 'partial']));
  const isTaken = (kind: string, { name, nameSpan }: Pick<ObjectSyntax, 'name' | 'nameSpan'>): boolean => {
    const other = taken.get(name);
    taken.set(name, other ?? kind);
    if (other === undefined) return false;
    const message = other === kind ? `there are two ${kind}s \`${name}\`` : `\`${name}\` is a ${other} already`;
    problems.add({ code: 'relations/duplicate', message, ...nameSpan });
    return true;
  };
  const expand = partialExpansion(syntax.partials, problems);
  for (const definition of syntax.definitions) {
    const made = assembleDefinition(definition, expand(definition), typed, problems);
    if (!isTaken('definition', definition)) definitions.set(made.name, made);
  }
  for (const caveat of syntax.caveats) {
    const { nameSpan: _, ...definition } = caveat;
    if (!isTaken('caveat', caveat)) caveats.set(caveat.name, definition);
  }
  return { source, definitions, caveats };
}

function assembleDefinition(
  { name, comments, start, end }: ObjectSyntax,
  members: readonly OwnMember[],
  typed: boolean,
  problems: ProblemList,
): ObjectDefinition {
  const relations = new Map<string, Relation>();
  const permissions = new Map<string, Permission>();
  for (const member of members) {
    const own = member.kind === 'relation' ? member.relation : member.permission;
    if (relations.has(own.name) || permissions.has(own.name)) {
      const message = `\`${name}\` has two relations or permissions \`${own.name}\``;
      problems.add({ code: 'relations/duplicate', message, start: own.start, end: own.end });
    } else if (member.kind === 'relation') relations.set(own.name, member.relation);
    else {
      // Without the flag SpiceDB reads types of a permission and forgets them.
      const { permission } = member;
      permissions.set(own.name, typed ? permission : { ...permission, types: [] });
    }
  }
  const order = [
    ...new Set(members.map((member) => (member.kind === 'relation' ? member.relation : member.permission).name)),
  ];
  return { name, comments, relations, permissions, order, start, end };
}
