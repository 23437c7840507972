/** `graphql.*`: queries and schemas parsed, checked and held against each other. */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { isPlainObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { checkSchema } from './graphql-check.ts';
import type { GraphqlProblem, Places } from './graphql-cursor.ts';
import { readNode, type GraphqlNode } from './graphql-document.ts';
import { parseQuery, type GraphqlDocument } from './graphql-query.ts';
import { parseSchema } from './graphql-schema.ts';
import { prepareSchema, validateQuery, type ValidatingSchema } from './graphql-validate.ts';
import { operandTypeError } from './operand-error.ts';
import { ANY_OBJECT, type RegoType } from './rego-type.ts';

/** As Go's library prints it: `input:1:2: message`. */
function printed({ message, place }: GraphqlProblem): string {
  return `input${place === undefined ? '' : `:${place.line}:${place.column}`}: ${message}`;
}

/** The first problem's place stands after the text of all of them, without the last full stop. */
function errorOf(problems: readonly GraphqlProblem[], end: string = ''): BuiltinError {
  const [first] = problems;
  const text = problems.map((problem) => printed(problem) + end).join('');
  const { place } = first ?? {};
  if (place === undefined || place.column < 0) return new BuiltinError(`GraphQL parse error: ${text}`);
  const message = text.slice(`input:${place.line}:${place.column}: `.length).replace(/\.\n$/u, '');
  return new BuiltinError(`${message} in GraphQL string at location ${place.line}:${place.column}`);
}

type Parsed = Result<GraphqlDocument, BuiltinError>;

function parsed(result: Result<GraphqlDocument, GraphqlProblem>): Parsed {
  return result.ok ? result : err(errorOf([result.problem]));
}

/** A text, or a document as an object; `position` counts from 0, as OPA does here. */
function documentOperand(value: RegoValue, type: 'QueryDocument' | 'SchemaDocument', position: number): Parsed {
  if (typeof value === 'string') return parsed(type === 'QueryDocument' ? parseQuery(value) : parseSchema(value));
  if (!isPlainObject(value)) return err(operandTypeError(position, value, 'string', 'object'));
  const document = readNode(type, value);
  if (document === undefined) return err(new BuiltinError('a field of the syntax tree has a value of a wrong type'));
  return ok({ document, places: new WeakMap() });
}

type CheckedSchema = { readonly document: GraphqlNode; readonly schema: ValidatingSchema };

function schemaOperand(
  context: BuiltinContext,
  value: RegoValue,
  position: number,
): Result<CheckedSchema, BuiltinError> {
  if (typeof value !== 'string') return checkedSchema(documentOperand(value, 'SchemaDocument', position));
  return context.prepared.get('graphql schema', value, (text) => checkedSchema(parsed(parseSchema(text))));
}

function checkedSchema(schema: Parsed): Result<CheckedSchema, BuiltinError> {
  if (!schema.ok) return schema;
  const { document, places } = schema.value;
  const merged = checkSchema(document, places);
  if ('message' in merged) {
    const message = `Error in gqlparser SchemaDocument to Schema conversion: ${printed(merged)}`;
    return err(new BuiltinError(message));
  }
  return ok({ document, schema: prepareSchema(merged) });
}

function validated(schema: ValidatingSchema, query: GraphqlNode, places: Places): BuiltinError | undefined {
  const problems = validateQuery(schema, query, places);
  return problems.length === 0 ? undefined : errorOf(problems, '\n');
}

/** Both documents, if each is right and the query is right for the schema. */
function parseBoth(
  context: BuiltinContext,
  a: RegoValue,
  b: RegoValue,
): Result<{ readonly query: GraphqlNode; readonly schema: GraphqlNode }, BuiltinError> {
  const query = documentOperand(a, 'QueryDocument', 0);
  if (!query.ok) return query;
  const schema = schemaOperand(context, b, 1);
  if (!schema.ok) return schema;
  const problem = validated(schema.value.schema, query.value.document, query.value.places);
  return problem === undefined ? ok({ query: query.value.document, schema: schema.value.document }) : err(problem);
}

function parse(context: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const both = parseBoth(context, a, b);
  return both.ok ? [both.value.query, both.value.schema] : both.problem;
}

function parseAndVerify(context: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const both = parseBoth(context, a, b);
  return both.ok ? [true, both.value.query, both.value.schema] : [false, {}, {}];
}

function parseText(parseIt: (text: string) => Result<GraphqlDocument, GraphqlProblem>): Builtin['call'] {
  return (_, a) => {
    if (typeof a !== 'string') return operandTypeError(1, a, 'string');
    const document = parsed(parseIt(a));
    return document.ok ? document.value.document : document.problem;
  };
}

const DOCUMENT: RegoType = { anyOf: ['string', ANY_OBJECT] };

export const GRAPHQL_BUILTINS: readonly Builtin[] = [
  { name: 'graphql.parse_query', parameters: ['string'], result: ANY_OBJECT, call: parseText(parseQuery) },
  { name: 'graphql.parse_schema', parameters: ['string'], result: ANY_OBJECT, call: parseText(parseSchema) },
  { name: 'graphql.parse', parameters: [DOCUMENT, DOCUMENT], result: { tuple: [ANY_OBJECT, ANY_OBJECT] }, call: parse },
  {
    name: 'graphql.parse_and_verify',
    parameters: [DOCUMENT, DOCUMENT],
    result: { tuple: ['boolean', ANY_OBJECT, ANY_OBJECT] },
    call: parseAndVerify,
  },
  {
    name: 'graphql.is_valid',
    parameters: [DOCUMENT, DOCUMENT],
    result: 'boolean',
    call: (context, a, b) => parseBoth(context, a, b).ok,
  },
  {
    name: 'graphql.schema_is_valid',
    parameters: [DOCUMENT],
    result: 'boolean',
    call: (context, a) => schemaOperand(context, a, 0).ok,
  },
];
