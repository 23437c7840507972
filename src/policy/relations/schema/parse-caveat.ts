/** `caveat name(parameter type, …) { CEL }`. */
import type { CaveatType } from './caveat-type.ts';
import { MAX_CAVEAT_EXPRESSION_LENGTH, MAX_CAVEAT_PARAMETERS, MAX_NESTING } from './limits.ts';
import { checkName } from './names.ts';
import { normalizeComments } from './parse-definition.ts';
import type { CaveatDefinition } from './schema.ts';
import type { CaveatSyntax } from './syntax.ts';
import type { TokenCursor } from './token-cursor.ts';
import { nearestName } from '../../../kernel/nearest-name.ts';

const SIMPLE_TYPES: ReadonlyMap<string, CaveatType> = new Map<string, CaveatType>([
  ['any', 'any'],
  ['bool', 'bool'],
  ['string', 'string'],
  ['int', 'int'],
  ['uint', 'uint'],
  ['double', 'double'],
  ['bytes', 'bytes'],
  ['duration', 'duration'],
  ['timestamp', 'timestamp'],
  ['ipaddress', 'ipaddress'],
]);

export function parseCaveat(cursor: TokenCursor): CaveatSyntax | undefined {
  const { start, comments } = cursor.advance();
  const name = cursor.path('the name of the caveat');
  if (name === undefined) return undefined;
  checkName('caveat', name.text, name, cursor.problems);
  if (!cursor.expect('(')) return undefined;
  const parameters = parseParameters(cursor, name.text);
  if (parameters === undefined || !cursor.expect(')') || !cursor.expect('{')) return undefined;
  const expression = parseCel(cursor, name.text);
  if (!cursor.expect('}') || expression === undefined) return undefined;
  const span = { start, end: cursor.previousEnd };
  return { ...span, name: name.text, nameSpan: name, comments: normalizeComments(comments), parameters, expression };
}

function parseParameters(cursor: TokenCursor, caveat: string): Map<string, CaveatType> | undefined {
  const parameters = new Map<string, CaveatType>();
  if (cursor.atSymbol(')')) {
    cursor.fail(`the caveat \`${caveat}\` has no parameter`, 'a caveat decides on at least one value of the context');
    return parameters;
  }
  do {
    const name = cursor.identifier('the name of a parameter');
    if (name === undefined) return undefined;
    const type = parseType(cursor, 0);
    if (type === undefined) return undefined;
    const code = 'relations/caveat';
    if (parameters.has(name.text)) {
      const message = `the caveat \`${caveat}\` has two parameters \`${name.text}\``;
      cursor.problems.add({ code, message, start: name.start, end: name.end });
    } else if (parameters.size === MAX_CAVEAT_PARAMETERS) {
      const message = `the caveat \`${caveat}\` has more than ${MAX_CAVEAT_PARAMETERS} parameters`;
      cursor.problems.add({ code, message, start: name.start, end: name.end });
    }
    if (!parameters.has(name.text)) parameters.set(name.text, type);
  } while (cursor.accept(','));
  return parameters;
}

function parseType(cursor: TokenCursor, depth: number): CaveatType | undefined {
  if (depth > MAX_NESTING) {
    cursor.fail(`the type nests deeper than ${MAX_NESTING}`);
    return undefined;
  }
  const name = cursor.identifier('the type of the parameter');
  if (name === undefined) return undefined;
  const { text } = name;
  const generic = text === 'list' || text === 'map';
  const simple = SIMPLE_TYPES.get(text);
  if (!generic && simple === undefined) {
    const near = nearestName(text, [...SIMPLE_TYPES.keys(), 'list', 'map']);
    cursor.fail(
      `there is no type \`${text}\` of a parameter`,
      near === undefined
        ? `the types are: ${[...SIMPLE_TYPES.keys()].join(', ')}, list and map`
        : `did you mean \`${near}\`?`,
      name,
    );
    return undefined;
  }
  if (!generic) {
    if (cursor.atSymbol('<')) {
      cursor.fail(`the type \`${text}\` has no type of elements`);
      return undefined;
    }
    return simple;
  }
  if (!cursor.expect('<', `write the type of its values: \`${text}<string>\``)) return undefined;
  const child = parseType(cursor, depth + 1);
  if (child === undefined || !cursor.expect('>', text === 'map' ? 'the keys of a map are strings' : undefined))
    return undefined;
  return text === 'list' ? { list: child } : { map: child };
}

/** All up to the `}` that closes the caveat; it is read as CEL where the caveat is compiled. */
function parseCel(cursor: TokenCursor, caveat: string): CaveatDefinition['expression'] | undefined {
  const { start } = cursor.token;
  let end = start;
  for (let depth = 0; !cursor.atEnd; cursor.advance()) {
    if (cursor.atSymbol('{')) depth += 1;
    if (cursor.atSymbol('}') && --depth < 0) break;
    if (cursor.token.kind !== 'newline') ({ end } = cursor.token);
  }
  if (end === start) {
    cursor.fail(`the caveat \`${caveat}\` has no expression`, 'write a condition in CEL: `{ amount < 100 }`');
    return undefined;
  }
  if (end - start > MAX_CAVEAT_EXPRESSION_LENGTH) {
    const message = `the expression of \`${caveat}\` has more than ${MAX_CAVEAT_EXPRESSION_LENGTH} characters`;
    cursor.problems.add({ code: 'relations/limit', message, start, end });
    return undefined;
  }
  return { text: cursor.source.text.slice(start, end), start };
}
